/**
 * Pruning: which weights of a network become zero, and the refit of the remaining ones. May import layer, linalg and
 * tensor; solvers are unknown here, and this package to them. The entry point is {@link lathe.engine.prune.Pruning}.
 */
package lathe.engine.prune;
