package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lathe.engine.tensor.TensorBytes;

/**
 * The one file of external data beside a model: gathers tensors while the model is written, then streams them. Elements
 * that several tensors share are written once. Not thread-safe.
 */
final class DataFile implements TensorStore {

    /** Tensors smaller than this stay in the model. */
    static final long SMALLEST = 1024;

    /** Each tensor begins on a page, so that it can be mapped. */
    private static final long ALIGNMENT = 4096;

    /** Which tensors that lie in the model so far go out. */
    enum Taking {
        /** None, unless too large to stay. */
        NONE,
        /** Those that no file said anything of. */
        MADE,
        /** All. */
        ALL
    }

    private final String location;
    private final Taking taking;
    private final List<DataPart> parts = new ArrayList<>();
    private final Map<TensorBytes, Long> offsets = new HashMap<>();
    private long end;

    /** Empty, under this file name. */
    DataFile(String location, Taking taking) {
        this.location = location;
        this.taking = taking;
    }

    /** What went out, in the order of the file. */
    List<DataPart> parts() {
        return parts.stream().filter(part -> part.bytes().size() > 0).toList();
    }

    /** Bytes up to the end of the last tensor. */
    long size() {
        return end;
    }

    /** True if nothing went out. */
    boolean isEmpty() {
        return parts.isEmpty();
    }

    @Override
    public boolean takes(long size, Source source) {
        boolean wanted = switch (taking) {
            case NONE -> false;
            case MADE -> source == Source.MADE;
            case ALL -> true;
        };
        return source == Source.OUTSIDE || size > LARGEST_INSIDE || (wanted && size >= SMALLEST);
    }

    @Override
    public TensorProto placeOutside(TensorProto tensor, TensorBytes bytes) {
        long offset = offsets.computeIfAbsent(bytes, this::append);
        if (!Tensors.isExternal(tensor)) {
            return TensorStore.emptied(tensor)
                    .addExternalData(entry("location", location))
                    .addExternalData(entry("offset", Long.toString(offset)))
                    .addExternalData(entry("length", Long.toString(bytes.size())))
                    .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                    .build();
        }
        TensorProto.Builder moved = tensor.toBuilder().clearExternalData();
        boolean offsetStated = false;
        for (StringStringEntryProto old : tensor.getExternalDataList()) {
            offsetStated |= old.getKey().equals("offset");
            moved.addExternalData(
                    switch (old.getKey()) {
                        case "location" -> entry("location", location);
                        case "offset" -> entry("offset", Long.toString(offset));
                        default -> old;
                    });
        }
        if (!offsetStated && offset != 0) {
            moved.addExternalData(entry("offset", Long.toString(offset)));
        }
        return moved.build();
    }

    private long append(TensorBytes bytes) {
        long offset = (end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        parts.add(new DataPart(offset, bytes));
        end = offset + bytes.size();
        return offset;
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    /** Streams the tensors to an empty file; what lies between them is zero. */
    void writeTo(FileChannel channel) throws IOException {
        for (DataPart part : parts) {
            channel.position(part.offset());
            part.bytes().writeTo(new ChunkedChannel(channel));
        }
    }
}
