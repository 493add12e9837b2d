/**
 * How long networks take on a device, and how much energy: what a network does in a run, a model of what each node costs, and
 * the measurement that such a model is fitted to.
 */
package lathe.cli.device;
