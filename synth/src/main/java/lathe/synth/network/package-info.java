/**
 * Networks that run: ONNX Runtime on the CPU, behind graphs and plain float tensors. The one importer of
 * {@code ai.onnxruntime}. Knows nothing of where inputs come from or what outputs are for.
 */
package lathe.synth.network;
