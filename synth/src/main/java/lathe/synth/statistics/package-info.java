/**
 * The statistics of a network's values under synthetic inputs: Gram matrices of the inputs of layers, and the
 * distribution of activations. Knows graphs, layers and running networks; nothing of what the numbers are used for.
 *
 * <p>A measurement runs the network twice. The first run finds what brings every value that had a BatchNormalization
 * back to the mean and deviation it had in training ({@link lathe.synth.statistics.Recentring}); the second, with these
 * corrections built in, streams the inputs in chunks and gathers. A changed graph is compared by its outputs under the
 * original's corrections ({@link lathe.synth.statistics.OutputError}), or by what its own first run finds.
 */
package lathe.synth.statistics;
