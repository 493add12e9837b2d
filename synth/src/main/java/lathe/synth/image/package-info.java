/**
 * Images made of nothing but a seed: dead leaves, textured leaves, pink noise, and white noise as the baseline. Knows
 * nothing of networks, their input ranges or their layouts.
 */
package lathe.synth.image;
