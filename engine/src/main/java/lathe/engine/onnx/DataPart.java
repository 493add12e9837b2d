package lathe.engine.onnx;

import java.io.IOException;
import java.io.UncheckedIOException;
import lathe.engine.tensor.TensorBytes;

/**
 * Elements in a file beside the model.
 *
 * @param offset their first byte in the file
 * @param bytes the elements
 */
record DataPart(long offset, TensorBytes bytes) {

    /** Hashes place and content. */
    void addTo(Sha256 sha) {
        sha.add(offset);
        sha.add(bytes.size());
        try {
            bytes.writeTo(sha);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
