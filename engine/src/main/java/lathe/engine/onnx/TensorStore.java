package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import lathe.engine.tensor.TensorBytes;

/** Decides where the elements of a tensor go: into the model, or into a file beside it. */
interface TensorStore {

    /**
     * True if the elements of a tensor that so far lies in the model, or nowhere yet, go into another file.
     *
     * @param size bytes of the elements
     * @param made true for a tensor that was not read from a file
     */
    boolean takes(long size, boolean made);

    /** A tensor whose elements lie, or shall lie, in another file; answers the same object if nothing changes. */
    TensorProto placeOutside(TensorProto tensor, TensorBytes bytes);

    /** Puts everything into the model. */
    TensorStore INLINE = new TensorStore() {
        @Override
        public boolean takes(long size, boolean made) {
            return false;
        }

        @Override
        public TensorProto placeOutside(TensorProto tensor, TensorBytes bytes) {
            return inside(tensor, bytes);
        }
    };

    /** The tensor with its elements in {@code raw_data}, not copied. */
    static TensorProto inside(TensorProto tensor, TensorBytes bytes) {
        ByteString raw = UnsafeByteOperations.unsafeWrap(bytes.buffer());
        return emptied(tensor).setRawData(raw).build();
    }

    /** The tensor without elements. */
    static TensorProto.Builder emptied(TensorProto tensor) {
        return tensor.toBuilder()
                .clearRawData()
                .clearFloatData()
                .clearDoubleData()
                .clearInt32Data()
                .clearInt64Data()
                .clearUint64Data()
                .clearExternalData()
                .clearDataLocation();
    }
}
