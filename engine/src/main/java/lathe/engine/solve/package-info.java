/** Solvers: a layer problem in, a compressed layer out. The door is {@link lathe.engine.solve.LayerSolvers}. */
package lathe.engine.solve;
