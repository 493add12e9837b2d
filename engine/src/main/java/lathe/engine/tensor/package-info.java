/** Dense numbers with a shape, and the element types ONNX knows. Nothing else. */
package lathe.engine.tensor;
