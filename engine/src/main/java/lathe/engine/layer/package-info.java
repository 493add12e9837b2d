/** The weights of one site as a matrix problem, and back. Knows neither files nor solvers. */
package lathe.engine.layer;
