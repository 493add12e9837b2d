package lathe.engine.onnx;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Comparator;
import lathe.engine.tensor.TensorBytes;

/**
 * Elements in a file beside the model.
 *
 * @param offset their first byte in the file
 * @param bytes the elements
 */
record DataPart(long offset, TensorBytes bytes) {

    /** As they lie in one file. */
    static final Comparator<DataPart> BY_PLACE = Comparator.comparingLong(DataPart::offset)
            .thenComparingLong(part -> part.bytes().size());

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
