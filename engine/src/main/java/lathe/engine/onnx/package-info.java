/**
 * ONNX files to graphs and back. The one package that sees protobuf. The doors are
 * {@link lathe.engine.onnx.OnnxReader} and {@link lathe.engine.onnx.OnnxWriter}; {@link lathe.engine.onnx.SourceHashes}
 * and {@link lathe.engine.onnx.ContentSeal} say whether files are what they were.
 *
 * <p>Nodes, tensors and values keep the messages that they were read from as their origin. The writer changes in these
 * what has changed, so that everything else, fields that this version of the format does not know included, stays.
 *
 * <p>Words: <em>inside</em> a tensor lies in the model's own file; <em>outside</em> it is external data, in a file
 * beside it. <em>Made</em> is what was not read from a file.
 */
package lathe.engine.onnx;
