/** ONNX files to graphs and back. The one package that sees protobuf. */
package lathe.engine.onnx;
