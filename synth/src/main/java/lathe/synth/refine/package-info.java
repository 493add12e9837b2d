/**
 * Images whose pixels are changed until the network sees in them what it saw in training: the means and deviations that its
 * BatchNormalizations kept. Knows planned inputs and gradients; nothing of what the images are then used for.
 */
package lathe.synth.refine;
