/**
 * How closely one network follows another on the same inputs: signal to noise, cosine and equal top classes of every
 * output, with the intervals in which they lie. The door is {@link lathe.synth.comparison.OutputComparison}. Says what was
 * found; what is good enough, and in which words it is told, is for others to say.
 */
package lathe.synth.comparison;
