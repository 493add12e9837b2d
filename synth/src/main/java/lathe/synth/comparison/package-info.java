/**
 * How closely one network follows another on the same inputs: SNR, cosine and equal top classes of every output, with
 * the intervals in which they lie. The entry point is {@link lathe.synth.comparison.OutputComparison}. Says what was
 * found; thresholds and wording are up to the caller.
 */
package lathe.synth.comparison;
