/** Layers as two of fewer multiplications. The entry point is {@link lathe.engine.lowrank.RankChoice}. */
package lathe.engine.lowrank;
