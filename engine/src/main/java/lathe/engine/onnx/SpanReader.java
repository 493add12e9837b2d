package lathe.engine.onnx;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.tensor.ElementType;

/** Walks through the messages of a model without keeping them, and notes where tensors have their elements. */
final class SpanReader {

    /** Sub-graphs in sub-graphs, five messages each. */
    private static final int DEEPEST = 100;

    /** Messages that may hold tensors, and what their fields hold. Numbers are those of onnx.proto. */
    private enum Message {
        MODEL,
        GRAPH,
        NODE,
        ATTRIBUTE,
        SPARSE,
        FUNCTION,
        TENSOR;

        Optional<Message> field(int number) {
            return Optional.ofNullable(
                    switch (this) {
                        case MODEL -> Map.of(7, GRAPH, 25, FUNCTION).get(number);
                        case GRAPH -> Map.of(1, NODE, 5, TENSOR, 15, SPARSE).get(number);
                        case NODE -> Map.of(5, ATTRIBUTE).get(number);
                        case ATTRIBUTE ->
                            Map.of(5, TENSOR, 6, GRAPH, 10, TENSOR, 11, GRAPH, 22, SPARSE, 23, SPARSE)
                                    .get(number);
                        case SPARSE -> Map.of(1, TENSOR, 2, TENSOR).get(number);
                        case FUNCTION -> Map.of(7, NODE, 11, ATTRIBUTE).get(number);
                        case TENSOR -> null;
                    });
        }
    }

    private final CodedInputStream in;
    private final List<TensorSpan> spans = new ArrayList<>();
    private boolean hasGraph;

    SpanReader(InputStream model) {
        in = CodedInputStream.newInstance(model);
    }

    List<TensorSpan> read() throws IOException {
        try {
            read(Message.MODEL, 0);
        } catch (InvalidProtocolBufferException e) {
            throw new UnsupportedModelException("not an ONNX model, or a damaged one", e);
        }
        if (!hasGraph) {
            throw new UnsupportedModelException("the file holds no graph: not an ONNX model");
        }
        return spans;
    }

    private void read(Message message, int depth) throws IOException {
        if (depth > DEEPEST) {
            throw new UnsupportedModelException("sub-graphs are nested too deeply");
        }
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            Optional<Message> inner =
                    isBlock(tag) ? message.field(WireFormat.getTagFieldNumber(tag)) : Optional.empty();
            if (inner.isEmpty()) {
                skip(tag);
                continue;
            }
            hasGraph |= message == Message.MODEL && inner.get() == Message.GRAPH;
            int limit = in.pushLimit(in.readRawVarint32());
            if (inner.get() == Message.TENSOR) {
                readTensor();
            } else {
                read(inner.get(), depth + 1);
            }
            in.checkLastTagWas(0);
            in.popLimit(limit);
        }
    }

    private static boolean isBlock(int tag) {
        return WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
    }

    private void skip(int tag) throws IOException {
        if (!in.skipField(tag)) {
            throw new UnsupportedModelException("not an ONNX model, or a damaged one");
        }
    }

    /** A block of bytes of the file. */
    private record Block(long offset, int bytes) {}

    private Block block() throws IOException {
        int bytes = in.readRawVarint32();
        Block block = new Block(in.getTotalBytesRead(), bytes);
        in.skipRawBytes(bytes);
        return block;
    }

    private void readTensor() throws IOException {
        List<Long> dims = new ArrayList<>();
        Map<String, String> external = new HashMap<>();
        String name = "";
        int type = 0;
        boolean isExternal = false;
        Block raw = null;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            int field = WireFormat.getTagFieldNumber(tag);
            if (field == 1 && isBlock(tag)) {
                int limit = in.pushLimit(in.readRawVarint32());
                while (in.getBytesUntilLimit() > 0) {
                    dims.add(in.readInt64());
                }
                in.popLimit(limit);
            } else if (field == 1) {
                dims.add(in.readInt64());
            } else if (field == 2) {
                type = in.readInt32();
            } else if (field == 8) {
                name = in.readString();
            } else if ((field == 4 && isBlock(tag)) || field == 9) {
                raw = block();
            } else if (field == 13 && isBlock(tag)) {
                readEntry(external);
            } else if (field == 14) {
                isExternal = in.readEnum() == 1;
            } else {
                skip(tag);
            }
        }
        ElementType known = ElementType.ofCode(type);
        if (isExternal) {
            addExternal(name, known, dims, external);
        } else if (raw != null) {
            spans.add(new TensorSpan(name, known, dims, Optional.empty(), raw.offset(), raw.bytes()));
        }
    }

    private void readEntry(Map<String, String> entries) throws IOException {
        int limit = in.pushLimit(in.readRawVarint32());
        String key = "";
        String value = "";
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (WireFormat.getTagFieldNumber(tag)) {
                case 1 -> key = in.readString();
                case 2 -> value = in.readString();
                default -> skip(tag);
            }
        }
        in.checkLastTagWas(0);
        in.popLimit(limit);
        entries.put(key, value);
    }

    /** What lies where is for whoever runs the model to check; here, numbers that make no sense are no span of elements. */
    private void addExternal(String name, ElementType type, List<Long> dims, Map<String, String> entries) {
        String location = entries.get("location");
        if (location == null) {
            throw new UnsupportedModelException("tensor '%s' names no file for its external data".formatted(name));
        }
        long offset = number(entries.getOrDefault("offset", "0"));
        long bytes = entries.containsKey("length") ? number(entries.get("length")) : bytes(type, dims);
        spans.add(new TensorSpan(name, type, dims, Optional.of(location), Math.max(0, offset), Math.max(0, bytes)));
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static long bytes(ElementType type, List<Long> dims) {
        try {
            return type.bytes(dims.stream().reduce(1L, Math::multiplyExact));
        } catch (ArithmeticException e) {
            return 0;
        }
    }
}
