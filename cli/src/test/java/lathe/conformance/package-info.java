/** Lathe against the models that ONNX tests its backends with: one operator each, with inputs and expected outputs. */
package lathe.conformance;
