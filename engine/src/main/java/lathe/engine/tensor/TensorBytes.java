package lathe.engine.tensor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;

/**
 * The bytes of a tensor: elements in row-major order, little-endian, as ONNX {@code raw_data} lays them out.
 * Implementations are immutable and safe to share between threads; they may lie in memory or in a mapped file.
 */
public interface TensorBytes {

    /** Number of bytes; may pass 2^31 for a tensor that lies in a file. */
    long size();

    /**
     * All bytes, read-only, little-endian, position 0.
     *
     * @throws IllegalStateException if there are more than {@link Integer#MAX_VALUE} of them
     */
    ByteBuffer buffer();

    /** Writes all bytes, in order. */
    default void writeTo(WritableByteChannel channel) throws IOException {
        ByteBuffer bytes = buffer();
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Wraps an array, which must not change afterwards. */
    static TensorBytes of(byte[] bytes) {
        return of(ByteBuffer.wrap(bytes));
    }

    /** Wraps what remains of a buffer, which must not change afterwards. */
    static TensorBytes of(ByteBuffer bytes) {
        ByteBuffer own = bytes.slice().asReadOnlyBuffer();
        return new TensorBytes() {
            @Override
            public long size() {
                return own.limit();
            }

            @Override
            public ByteBuffer buffer() {
                return own.duplicate().order(ByteOrder.LITTLE_ENDIAN);
            }
        };
    }
}
