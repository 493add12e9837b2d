package lathe.engine.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.List;
import lathe.engine.tensor.TensorBytes;

/**
 * Bytes that lie in a mapped file. They stay readable after the file is deleted or replaced by another of its name,
 * not after it is overwritten or cut short in place.
 */
final class MappedBytes implements TensorBytes {

    private final List<ByteBuffer> pieces;

    /** @param pieces in order; one, if there are no more bytes than a buffer holds */
    MappedBytes(List<ByteBuffer> pieces) {
        this.pieces = List.copyOf(pieces);
    }

    @Override
    public long size() {
        return pieces.stream().mapToLong(ByteBuffer::remaining).sum();
    }

    @Override
    public ByteBuffer buffer() {
        if (pieces.size() > 1) {
            throw new IllegalStateException("%d bytes do not fit one buffer".formatted(size()));
        }
        return pieces.get(0).duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
        for (ByteBuffer piece : pieces) {
            ByteBuffer bytes = piece.duplicate();
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
    }
}
