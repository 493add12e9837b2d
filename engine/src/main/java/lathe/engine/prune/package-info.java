/**
 * Pruning: which weights of a network become zero, and what the others of a layer become then. May import layer, linalg
 * and tensor; solvers are unknown here, and this package to them. The door is {@link lathe.engine.prune.Pruning}.
 */
package lathe.engine.prune;
