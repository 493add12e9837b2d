/** Layers replaced by two of fewer multiplications. The entry point is {@link lathe.synth.lowrank.LowRankPass}. */
package lathe.synth.lowrank;
