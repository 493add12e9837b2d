/**
 * Reverse-mode differentiation of a network as a graph of standard operators. Knows graphs and shapes; nothing of what is
 * differentiated, nor how it is run.
 */
package lathe.synth.gradient;
