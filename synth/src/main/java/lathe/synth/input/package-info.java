/**
 * What to feed a network: for every graph input its shape, its kind (images, sound, noise, indices, masks, or samples
 * that the user has) and the scale of its values, decided once and said in plain words; then batches of it. Runs
 * nothing and knows no runtime.
 */
package lathe.synth.input;
