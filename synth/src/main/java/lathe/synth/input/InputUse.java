package lathe.synth.input;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;

/**
 * What an input that holds no measured quantity is for, inferred from the nodes that read it and from its name.
 * Immutable.
 */
final class InputUse {

    private static final Set<String> COMPARISONS = Set.of("Range", "Less", "LessOrEqual", "Greater", "GreaterOrEqual");
    private static final Set<String> MASKING =
            Set.of("Add", "And", "Div", "Equal", "Mul", "Not", "Or", "ReduceSum", "Sub", "Where");
    private static final Pattern FACTOR = Pattern.compile("(.*[_.])?(scales?|speed|tempo|temperature)");
    private static final Set<String> LAYERS = Set.of("Conv", "Gemm", "MatMul");

    private final Graph graph;
    private final String name;
    private final List<Readers> readers;

    InputUse(Graph graph, String input) {
        this.graph = graph;
        this.name = input.toLowerCase(Locale.ROOT);
        this.readers = Readers.ofIndex(graph, input);
    }

    /** Rows of the smallest table that the input indexes; empty if it indexes none of known extent. */
    OptionalLong tableRows() {
        return readers.stream().flatMapToLong(this::rows).min();
    }

    /** The ids among these rows that a text might hold. */
    Vocabulary vocabulary(long rows) {
        return readers.stream()
                .filter(reader -> reader.is("Gather") && reader.position() == 1)
                .filter(reader -> reader.node().integer("axis").orElse(0) == 0)
                .flatMap(reader -> reader.constant(0).stream())
                .filter(table -> Vocabulary.reads(table) && table.dims().get(0) == rows)
                .findFirst()
                .map(Vocabulary::of)
                .orElseGet(() -> Vocabulary.alike(rows));
    }

    private LongStream rows(Readers reader) {
        if (reader.is("OneHot") && reader.position() == 0) {
            return reader.constant(1).filter(depth -> depth.elements() == 1).map(InputUse::number).stream()
                    .mapToLong(Double::longValue)
                    .filter(rows -> rows >= 1);
        }
        if ((reader.is("Gather") || reader.is("GatherElements")) && reader.position() == 1) {
            List<Long> dims = tableDims(reader);
            long axis = reader.node().integer("axis").orElse(0);
            int position = Math.toIntExact(axis < 0 ? axis + dims.size() : axis);
            return position >= 0 && position < dims.size() && dims.get(position) >= 1
                    ? LongStream.of(dims.get(position))
                    : LongStream.empty();
        }
        return LongStream.empty();
    }

    /** The shape of the table that a node reads: a constant, also a converted one, or an input of fixed shape. */
    private List<Long> tableDims(Readers gather) {
        String value = gather.node().inputs().get(0);
        Optional<Node> producer = gather.scope().producer(value);
        while (producer.isPresent()
                && (producer.get().is("Identity")
                        || producer.get().is("Cast")
                        || producer.get().is("DequantizeLinear"))) {
            value = producer.get().inputs().get(0);
            producer = gather.scope().producer(value);
        }
        String table = value;
        return gather.scope()
                .constant(table)
                .map(Initializer::dims)
                .or(() -> graph.inputs().stream()
                        .filter(input -> input.name().equals(table))
                        .findFirst()
                        .flatMap(input -> input.dims())
                        .map(dims -> dims.stream()
                                .map(dim -> dim.extent().orElse(-1))
                                .toList()))
                .orElse(List.of());
    }

    /** The numbers that the input is compared with, ascending; empty if with none. */
    long[] comparedWith() {
        return readers.stream()
                .filter(reader -> reader.is("Equal"))
                .flatMap(reader -> reader.constant(1 - reader.position()).stream())
                .filter(constant -> constant.elements() == 1)
                .mapToLong(constant -> (long) number(constant))
                .distinct()
                .sorted()
                .toArray();
    }

    private static double number(Initializer constant) {
        return switch (constant.type()) {
            case FLOAT, FLOAT16, DOUBLE -> constant.floats()[0];
            case INT64, INT32 -> constant.longs()[0];
            default -> 0;
        };
    }

    /** True if each number says where its element is in the sequence. */
    boolean countsPositions() {
        return name.contains("position") || name.contains("pos_id");
    }

    /** True if each number says which of several texts its element belongs to. */
    boolean namesSegments() {
        return name.contains("token_type") || name.contains("segment");
    }

    boolean isNamedMask() {
        return name.contains("mask");
    }

    /** True for a mask that is true where nothing is. */
    boolean isNamedPadding() {
        return name.contains("padding");
    }

    /** True for numbers that others are multiplied by, of which 1 changes nothing. */
    boolean isNamedFactor() {
        return FACTOR.matcher(name).matches();
    }

    /** True for the number of elements of a sequence; only said of one number a sample. */
    boolean isLength() {
        return name.contains("len") || readers.stream().anyMatch(reader -> reader.isOneOf(COMPARISONS));
    }

    /** True if the numbers select or weight others. */
    boolean masks() {
        return readers.stream().anyMatch(reader -> reader.isOneOf(MASKING));
    }

    /** True if the numbers are what a layer multiplies. */
    boolean entersLayer() {
        return readers.stream().anyMatch(reader -> reader.isOneOf(LAYERS) && reader.position() == 0);
    }
}
