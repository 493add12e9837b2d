package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.UnsafeByteOperations;
import lathe.engine.tensor.TensorBytes;

/** Decides where the elements of a tensor go: into the model, or into a file beside it. */
interface TensorStore {

    /** A message of 2 GiB is none; this leaves room for the rest of the tensor. */
    long LARGEST_INSIDE = Integer.MAX_VALUE - (1L << 20);

    /** Where the elements of a tensor are before it is written. */
    enum Source {
        /** In memory only. */
        MADE,
        /** In the model that was read. */
        INSIDE,
        /** In a file beside that model. */
        OUTSIDE
    }

    /** Puts everything into the model. */
    TensorStore INLINE = new TensorStore() {
        @Override
        public boolean takes(long size, Source source) {
            return false;
        }

        @Override
        public TensorProto placeOutside(TensorProto tensor, TensorBytes bytes) {
            throw new IllegalStateException("takes nothing");
        }
    };

    /** True if a tensor whose elements take {@code size} bytes has them put outside the model. */
    boolean takes(long size, Source source);

    /** Puts the elements outside; answers the tensor that says where, which may be equal to the one given. */
    TensorProto placeOutside(TensorProto tensor, TensorBytes bytes);

    /** A tensor that lay outside, with its elements wherever this store puts them. */
    default TensorProto moved(TensorProto tensor, TensorBytes bytes) {
        return takes(bytes.size(), Source.OUTSIDE) ? placeOutside(tensor, bytes) : inside(tensor, bytes);
    }

    /**
     * The tensor with its elements in {@code raw_data}; they are not copied.
     *
     * @throws IllegalArgumentException if they are too many for any message
     */
    static TensorProto inside(TensorProto tensor, TensorBytes bytes) {
        if (bytes.size() > LARGEST_INSIDE) {
            throw new IllegalArgumentException("tensor '%s' takes %d bytes, too many to lie in the model itself"
                    .formatted(tensor.getName(), bytes.size()));
        }
        return emptied(tensor)
                .setRawData(UnsafeByteOperations.unsafeWrap(bytes.buffer()))
                .build();
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
