/**
 * How long networks take on a device: what a network does in a run, a model of the time of each node, and the measurement
 * that such a model is fitted to.
 */
package lathe.cli.device;
