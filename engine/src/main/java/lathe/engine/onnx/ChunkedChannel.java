package lathe.engine.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Hands large buffers on in small pieces: a channel copies a heap buffer as a whole into native memory first, and keeps
 * that memory.
 */
record ChunkedChannel(WritableByteChannel target) implements WritableByteChannel {

    private static final int CHUNK = 1 << 20;

    @Override
    public int write(ByteBuffer source) throws IOException {
        int length = Math.min(source.remaining(), CHUNK);
        int written = target.write(source.slice(source.position(), length));
        source.position(source.position() + written);
        return written;
    }

    /** Writes all that remains. */
    void drain(ByteBuffer source) throws IOException {
        while (source.hasRemaining()) {
            write(source);
        }
    }

    @Override
    public boolean isOpen() {
        return target.isOpen();
    }

    @Override
    public void close() throws IOException {
        target.close();
    }
}
