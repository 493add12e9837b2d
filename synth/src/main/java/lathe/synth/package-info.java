/** Synthetic inputs, running a network on them, and the statistics that yields. */
package lathe.synth;
