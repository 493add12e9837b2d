/**
 * ONNX files to graphs and back. The one package that sees protobuf. The doors are
 * {@link lathe.engine.onnx.OnnxReader} and {@link lathe.engine.onnx.OnnxWriter}; {@link lathe.engine.onnx.SourceHashes}
 * and {@link lathe.engine.onnx.ContentSeal} say whether files are what they were.
 *
 * <p>A file is cut into {@link lathe.engine.onnx.Field fields}, each with its bytes as they stand there; nodes, tensors
 * and values keep theirs as their origin. The writer takes the file's sequence of fields as a template, so that what
 * was not changed keeps its bytes, its place, and everything in it that Lathe does not understand.
 *
 * <p>Words: <em>inside</em> a tensor lies in the model's own file; <em>outside</em> it is external data, in a file
 * beside it. <em>Made</em> is what was not read from a file.
 */
package lathe.engine.onnx;
