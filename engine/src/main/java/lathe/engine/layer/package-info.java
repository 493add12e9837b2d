/** One Conv, ConvTranspose, Gemm or MatMul as a matrix problem, and back. Knows neither files nor solvers. */
package lathe.engine.layer;
