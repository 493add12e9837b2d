package lathe.engine.qdq;

import java.nio.ShortBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import lathe.engine.graph.Initializer;
import lathe.engine.grid.AffineFormat;
import lathe.engine.grid.Codebook;
import lathe.engine.grid.CodebookFormat;
import lathe.engine.grid.CodedFormat;
import lathe.engine.layer.SolvedLayer;

/**
 * The weights of a layer that computes in float as elements of a {@link Pack}.
 *
 * @param kind of the pack
 * @param elements in the order of the tensor: codes in the highest bits of a byte, or floats, little-endian, or indices of
 *     vectors
 * @param codes scales, zero points and table of the codes; empty for floats
 * @param saved bytes that they take less than in ONNX's own types, without what all layers of a pack share
 */
record PackedWeights(Pack.Kind kind, byte[] elements, Optional<StoredWeights> codes, long saved) {

    /** Bytes of an output of Split, of a Reshape and its shape beyond those of a tensor and a Cast. */
    private static final long OF_A_LAYER = 70;

    /** Bytes of a BitwiseXor. */
    private static final long OF_ZERO_POINTS = 30;

    /** Number of weights. */
    int count() {
        return kind.weights(elements.length);
    }

    /**
     * The form of fewest bytes of these weights; empty if that is a tensor of an ONNX type.
     *
     * @param opset of the graph
     */
    static Optional<PackedWeights> of(SolvedLayer solved, long opset) {
        return smallest(forms(solved, opset), kind -> true);
    }

    /** The forms that take fewer bytes than a tensor of an ONNX type. */
    static List<PackedWeights> forms(SolvedLayer solved, long opset) {
        Stream<PackedWeights> forms = solved.quantized().isEmpty()
                ? floats(solved)
                : codes(solved, StoredWeights.of(solved.layer(), solved.quantized(), opset), opset);
        return forms.filter(form -> form.saved > 0 && opset >= form.kind.opset())
                .toList();
    }

    /** Of some forms of one layer the one that saves most, of the kinds allowed. */
    static Optional<PackedWeights> smallest(List<PackedWeights> forms, Predicate<Pack.Kind> allowed) {
        return forms.stream()
                .filter(form -> allowed.test(form.kind))
                .reduce((one, other) -> other.saved > one.saved ? other : one);
    }

    private static Stream<PackedWeights> floats(SolvedLayer solved) {
        float[] values = solved.storedFloats();
        Initializer tensor = Initializer.ofFloats("v", values, values.length);
        return Stream.of(of(new Pack.Kind(Float.SIZE, false, true), elements(tensor), Optional.empty(), tensor));
    }

    private static Stream<PackedWeights> codes(SolvedLayer solved, StoredWeights stored, long opset) {
        if (solved.quantized().get(0).format() instanceof CodebookFormat format) {
            return format.codebook().stream()
                    .map(book -> of(Pack.Kind.of(book), indices(stored, book), Optional.of(stored), stored.codes()));
        }
        int bits = solved.quantized().get(0).format().bits();
        boolean affine = solved.quantized().get(0).format() instanceof AffineFormat;
        boolean coded = solved.quantized().get(0).format() instanceof CodedFormat; // an entropy coder packs better
        boolean drawn = solved.layer().readsIndices() && bits == Byte.SIZE;
        Optional<StoredWeights> high =
                drawn || coded || bits > stored.codes().type().bits() ? Optional.empty() : stored.inHighBits(bits);
        return high.stream()
                .flatMap(packed -> Stream.of(false, true)
                        .filter(sparse -> sparse ? affine && canLeaveOutZeros(packed, opset) : bits < Byte.SIZE)
                        .map(sparse -> of(
                                new Pack.Kind(bits, packed.table().isPresent(), sparse),
                                elements(sparse ? packed.codesByZeroPoint(solved.layer()) : packed.codes()),
                                high,
                                stored.codes())));
    }

    private static boolean canLeaveOutZeros(StoredWeights packed, long opset) {
        return packed.zeroes() || (packed.block() == 0 && opset >= Pack.OR_OPSET);
    }

    /** An index for each table, vector by vector. */
    private static byte[] indices(StoredWeights stored, Codebook codebook) {
        ShortBuffer buffer = stored.codes().bytes().buffer().asShortBuffer();
        short[] codes = new short[buffer.remaining()];
        buffer.get(codes);
        byte[] indices = new byte[codes.length / codebook.length() * codebook.tables()];
        for (int vector = 0; vector < codes.length / codebook.length(); vector++) {
            int index = codebook.index(codes, vector * codebook.length());
            for (int table = 0; table < codebook.tables(); table++, index /= Codebook.ENTRIES) {
                indices[vector * codebook.tables() + table] = (byte) index;
            }
        }
        return indices;
    }

    private static byte[] elements(Initializer tensor) {
        byte[] elements = new byte[Math.toIntExact(tensor.bytes().size())];
        tensor.bytes().buffer().get(elements);
        return elements;
    }

    private static PackedWeights of(Pack.Kind kind, byte[] elements, Optional<StoredWeights> codes, Initializer plain) {
        boolean byZeroPoint =
                kind.sparse() && codes.filter(weights -> !weights.zeroes()).isPresent();
        long nodes = OF_A_LAYER + (byZeroPoint ? OF_ZERO_POINTS : 0);
        return new PackedWeights(kind, elements, codes, plain.bytes().size() - kind.bytes(elements) - nodes);
    }
}
