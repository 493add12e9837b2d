/** Solvers: a layer problem in, a compressed layer out. The entry point is {@link lathe.engine.solve.Solver}. */
package lathe.engine.solve;
