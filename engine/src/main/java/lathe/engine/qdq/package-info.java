/**
 * Quantized networks as ONNX writes them: QuantizeLinear and DequantizeLinear nodes around float operators, placed so
 * that ONNX Runtime fuses them into integer ones. The entry point is {@link lathe.engine.qdq.QdqRewrite}.
 */
package lathe.engine.qdq;
