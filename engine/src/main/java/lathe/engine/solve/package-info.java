/** Solvers: a layer problem in, a compressed layer out. The entry point is {@link lathe.engine.solve.LayerSolvers}. */
package lathe.engine.solve;
