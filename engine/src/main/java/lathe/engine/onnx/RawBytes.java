package lathe.engine.onnx;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import lathe.engine.tensor.TensorBytes;

/** The field {@code raw_data}: already little-endian and row-major, so the file's own bytes serve. */
final class RawBytes implements TensorBytes {

    private final ByteString bytes;

    RawBytes(ByteString bytes) {
        this.bytes = bytes;
    }

    @Override
    public long size() {
        return bytes.size();
    }

    @Override
    public ByteBuffer buffer() {
        return bytes.asReadOnlyByteBuffer().slice().order(ByteOrder.LITTLE_ENDIAN);
    }
}
