/**
 * Where the nodes of a graph use weights: one class for each ONNX operator whose weights can be compressed, listed in
 * {@link lathe.engine.operator.Operators}, the entry point. Nowhere else does Lathe ask which of them a node is.
 */
package lathe.engine.operator;
