package lathe.engine.qdq;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.grid.Codebook;
import lathe.engine.layer.CompressedLayer;
import lathe.engine.tensor.ElementType;

/**
 * Weights of several layers, one after the other in one vector, in as many bits as they have: what a runtime computes from
 * constants alone, and so once, when it loads the model.
 *
 * <p>Codes of b bits are cut into planes of 4, 2 and 1 bits, at most one of each (3 = 2 + 1, 6 = 4 + 2). A byte holds
 * the pieces of several codes: {@code BitShift} right by a column of offsets gives one row for each offset, {@code Mod}
 * removes the neighbours, {@code BitShift} left moves the piece behind those above it, and {@code BitwiseOr} joins them. So
 * a signed code comes out as an int8 of {@code 2^(8 - b)} times its value. No shift moves bits out of a byte: OpenVINO
 * (2026.4) would make that 255.
 *
 * <p>Zeros take no more than one bit each: a plane of 1 bit says which weights are not 0, and the sum of its bits up to a
 * weight is where its value lies in the vector of the others: {@code Gather(values, CumSum(bits) * bits)}, with a 0 in
 * front of the values.
 *
 * <p>Kernels chosen from a codebook are indices of a byte for each table: {@code Gather(table, indices)}, and an {@code Add}
 * where there are two tables.
 */
final class Pack {

    /** Weights up to which layers share a pack: 38 million in one took ONNX Runtime 1.32 twice as long to load. */
    static final int LIMIT = 1 << 20;

    /** The first operator set that has BitwiseOr. */
    static final long OR_OPSET = 18;

    /** Bytes of Cast, Split and the sizes; of a plane's nodes; of CumSum, Mul, Gather and a Cast. */
    private static final long OVERHEAD = 140;

    private static final long OF_A_PLANE = 250;
    private static final long OF_ZEROS = 130;
    private static final long OF_A_TABLE = 120;

    private static final int FLOAT_BITS = Float.SIZE;
    private static final byte HIGHEST_BIT = (byte) (1 << (Byte.SIZE - 1));

    /**
     * What the elements of a pack are.
     *
     * @param bits of a code, or 32 for floats
     * @param indices true for unsigned codes, which are indices of a table
     * @param sparse true if zeros are left out
     * @param codebook whose vectors the elements are indices of; empty where an element is a weight
     */
    record Kind(int bits, boolean indices, boolean sparse, Optional<Codebook> codebook) {

        /** Elements that are weights. */
        Kind(int bits, boolean indices, boolean sparse) {
            this(bits, indices, sparse, Optional.empty());
        }

        /** Indices of vectors. */
        static Kind of(Codebook codebook) {
            return new Kind(Byte.SIZE, true, false, Optional.of(codebook));
        }

        /**
         * Bytes of an element before it is packed: a code in the highest bits of a byte, or a float, little-endian, or an
         * index for each table of a codebook.
         */
        int size() {
            return codebook.map(Codebook::tables).orElse(bits == FLOAT_BITS ? Float.BYTES : 1);
        }

        /** Weights of an element. */
        int length() {
            return codebook.map(Codebook::length).orElse(1);
        }

        /** Weights of so many bytes of elements. */
        int weights(int bytes) {
            return bytes / size() * length();
        }

        /** The first operator set that can unpack them. */
        long opset() {
            return bits == FLOAT_BITS || Integer.bitCount(bits) == 1 ? QdqRewrite.OPSET : OR_OPSET;
        }

        /** Bytes of nodes and shared constants of a pack. */
        long overhead() {
            if (codebook.isPresent()) {
                return OVERHEAD + (OF_A_TABLE + (long) Codebook.ENTRIES * length()) * size();
            }
            long planes = widths(bits).size() + (sparse ? 1L : 0);
            return OVERHEAD + OF_A_PLANE * planes + (sparse ? OF_ZEROS : 0);
        }

        /** Bytes of the elements in the file. */
        long bytes(byte[] elements) {
            if (codebook.isPresent()) {
                return elements.length;
            }
            long count = elements.length / size();
            return sparse ? (count + (long) bits * nonzero(elements, size()) + 7) / 8 : (count * bits + 7) / 8;
        }
    }

    private final Kind kind;
    private final Map<CompressedLayer, Integer> counts = new LinkedHashMap<>();
    private final ByteArrayOutputStream elements = new ByteArrayOutputStream();
    private long saved;

    Pack(Kind kind) {
        this.kind = kind;
        this.saved = -kind.overhead();
    }

    /** True if a layer of this many weights fits in. */
    boolean hasRoom(int count) {
        return counts.isEmpty() || kind.weights(elements.size()) + count <= LIMIT;
    }

    /** Appends the weights of a layer. */
    void add(CompressedLayer layer, PackedWeights weights) {
        saved += weights.saved();
        counts.put(layer, weights.count());
        elements.writeBytes(weights.elements());
    }

    /** True if a file gets smaller by it. */
    boolean isSmaller() {
        return saved > 0;
    }

    /** Writes the pack in front of all nodes; the names of vectors of INT8, UINT8 for indices, FLOAT, or INT32 for sums. */
    Map<CompressedLayer, String> write(GraphEdit edit, SharedConstants constants) {
        byte[] whole = elements.toByteArray();
        int count = whole.length / kind.size();
        int padded = kind.codebook().isPresent() ? count : wholeBytes(count);
        byte[] all = Arrays.copyOf(whole, padded * kind.size());
        Writer writer = new Writer(edit, constants);
        String flat = kind.codebook()
                .map(codebook -> writer.vectors(all, codebook))
                .orElseGet(() -> kind.sparse() ? writer.spread(all, kind) : writer.values(all, kind));
        List<Long> sizes =
                new ArrayList<>(counts.values().stream().map(Integer::longValue).toList());
        Map<CompressedLayer, String> names = new LinkedHashMap<>();
        counts.keySet().forEach(layer -> names.put(layer, edit.freshName("w")));
        List<String> outputs = new ArrayList<>(names.values());
        if (padded > count) {
            sizes.add((long) padded - count);
            outputs.add(edit.freshName("w"));
        }
        edit.prepend(Node.of("", "Split", List.of(flat, constants.longs(sizes)), outputs, Map.of()));
        return names;
    }

    /** Bits of the planes, from the highest bits of a code on. */
    static List<Integer> widths(int bits) {
        return IntStream.of(4, 2, 1)
                .filter(width -> (bits & width) != 0)
                .boxed()
                .toList();
    }

    /**
     * One plane: {@code width} bits of each code, below the {@code above} highest bits of its byte. Piece i of n is in byte
     * {@code i % m} at bit {@code width * (i / m)}, where {@code m = n * width / 8}.
     */
    static byte[] plane(byte[] codes, int above, int width) {
        byte[] plane = new byte[codes.length * width / Byte.SIZE];
        for (int i = 0; i < codes.length; i++) {
            int piece = (codes[i] >> (Byte.SIZE - width - above)) & ((1 << width) - 1);
            plane[i % plane.length] |= (byte) (piece << (width * (i / plane.length)));
        }
        return plane;
    }

    /** The next multiple of 8, so that every plane fills its bytes. */
    private static int wholeBytes(int count) {
        return (count + Byte.SIZE - 1) / Byte.SIZE * Byte.SIZE;
    }

    private static int nonzero(byte[] elements, int size) {
        int count = 0;
        for (int at = 0; at < elements.length; at += size) {
            count += isZero(elements, at, size) ? 0 : 1;
        }
        return count;
    }

    private static boolean isZero(byte[] elements, int at, int size) {
        for (int i = at; i < at + size; i++) {
            if (elements[i] != 0) {
                return false;
            }
        }
        return true;
    }

    /** Adds the nodes that unpack. */
    private record Writer(GraphEdit edit, SharedConstants constants) {

        String values(byte[] all, Kind kind) {
            List<Long> dims = List.of((long) all.length / kind.size());
            if (kind.bits() == FLOAT_BITS) {
                return edit.putFresh(Initializer.of("v", ElementType.FLOAT, dims, all));
            }
            if (kind.bits() == Byte.SIZE) {
                return edit.putFresh(Initializer.of("q", ElementType.INT8, dims, all));
            }
            String joined = joined(all, kind.bits());
            return kind.indices() ? shifted(joined, Byte.SIZE - kind.bits(), "RIGHT") : cast(joined, ElementType.INT8);
        }

        /** The vectors that indices stand for, one after the other. */
        String vectors(byte[] all, Codebook codebook) {
            int tables = codebook.tables();
            String sum = "";
            for (int table = 0; table < tables; table++) {
                byte[] indices = new byte[all.length / tables];
                for (int i = 0; i < indices.length; i++) {
                    indices[i] = all[i * tables + table];
                }
                String entries = constants.integers(
                        List.of((long) Codebook.ENTRIES, (long) codebook.length()), codebook.table(table));
                String wide = tables == 1 ? entries : cast(entries, ElementType.INT32);
                String index = cast(
                        edit.putFresh(Initializer.of("q", ElementType.UINT8, List.of((long) indices.length), indices)),
                        ElementType.INT32);
                String found = node("Gather", List.of(wide, index), Map.of());
                sum = sum.isEmpty() ? found : node("Add", List.of(sum, found), Map.of());
            }
            return node("Reshape", List.of(sum, constants.longs(List.of(-1L))), Map.of());
        }

        /** Zeros and, in their order, the other elements. */
        String spread(byte[] all, Kind kind) {
            int size = kind.size();
            byte[] marks = new byte[all.length / size];
            ByteArrayOutputStream others = new ByteArrayOutputStream();
            others.writeBytes(new byte[size]);
            for (int i = 0; i < marks.length; i++) {
                if (!isZero(all, i * size, size)) {
                    marks[i] = HIGHEST_BIT;
                    others.write(all, i * size, size);
                }
            }
            int padded = kind.bits() < Byte.SIZE ? wholeBytes(others.size()) : others.size();
            String values = values(Arrays.copyOf(others.toByteArray(), padded), kind);
            String bits = cast(shifted(joined(marks, 1), Byte.SIZE - 1, "RIGHT"), ElementType.INT32);
            String sums = node("CumSum", List.of(bits, constants.scalar(0)), Map.of());
            return node("Gather", List.of(values, node("Mul", List.of(sums, bits), Map.of())), Map.of());
        }

        /** Codes in the highest bits of bytes, zeros below. */
        private String joined(byte[] codes, int bits) {
            String whole = "";
            int above = 0;
            for (int width : widths(bits)) {
                byte[] plane = plane(codes, above, width);
                String packed =
                        edit.putFresh(Initializer.of("q", ElementType.UINT8, List.of((long) plane.length), plane));
                String modulus = constants.bytes(List.of(), List.of(1L << width));
                String pieces = node("Mod", List.of(rows(packed, width), modulus), Map.of());
                String placed = shifted(pieces, Byte.SIZE - width - above, "LEFT");
                String flat = node("Reshape", List.of(placed, constants.longs(List.of(-1L))), Map.of());
                whole = whole.isEmpty() ? flat : node("BitwiseOr", List.of(whole, flat), Map.of());
                above += width;
            }
            return whole;
        }

        /** One row for each place in a byte. */
        private String rows(String packed, int width) {
            List<Long> offsets = LongStream.range(0, Byte.SIZE / width)
                    .mapToObj(place -> place * width)
                    .toList();
            return shift(packed, constants.bytes(List.of((long) offsets.size(), 1L), offsets), "RIGHT");
        }

        private String shifted(String value, int bits, String direction) {
            return shift(value, constants.bytes(List.of(), List.of((long) bits)), direction);
        }

        private String shift(String value, String bits, String direction) {
            return node("BitShift", List.of(value, bits), Map.of("direction", new Attribute.Text(direction)));
        }

        private String cast(String value, ElementType type) {
            return node("Cast", List.of(value), Map.of("to", new Attribute.Int(type.code())));
        }

        private String node(String opType, List<String> inputs, Map<String, Attribute> attributes) {
            String result = edit.freshName("c");
            edit.prepend(Node.of("", opType, inputs, List.of(result), attributes));
            return result;
        }
    }
}
