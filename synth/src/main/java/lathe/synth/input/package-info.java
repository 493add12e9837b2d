/**
 * What to feed a network without data: for every graph input its shape, its kind (image, noise, zeros) and the scale of
 * its values, decided once and said in plain words; then batches of it. Runs nothing and knows no runtime.
 */
package lathe.synth.input;
