package lathe.engine.qdq;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.tensor.ElementType;
import lathe.engine.tensor.Float8;

/**
 * What a runtime folds the nodes of {@link FoldedWeights} into: constants, and Cast, Sub, Mul, Reshape, Pad and Slice of
 * them, as they are written there, and a Gather of levels by codes. A Gather of rows stands for its whole table, which is what {@link GatheredRows} would
 * give if every row was drawn once.
 *
 * @param values row-major
 * @param dims as many as axes
 */
record FoldedTensor(float[] values, List<Long> dims) {

    /** Empty where a value has another origin. O(elements) for each node. */
    static Optional<FoldedTensor> of(Graph graph, String value) {
        Optional<FoldedTensor> levels = graph.producer(value).flatMap(node -> levels(graph, node));
        if (levels.isPresent()) {
            return levels;
        }
        Optional<Initializer> constant = table(graph, value);
        if (constant.isPresent()) {
            return constant.filter(tensor -> tensor.type() == ElementType.FLOAT)
                    .map(tensor -> new FoldedTensor(tensor.floats(), tensor.dims()));
        }
        return graph.producer(value).flatMap(node -> of(graph, node));
    }

    /** Levels that constant codes are indices of. */
    private static Optional<FoldedTensor> levels(Graph graph, Node node) {
        return Optional.of(node)
                .filter(gather -> gather.is("Gather"))
                .flatMap(gather -> graph.producer(gather.inputs().get(1)))
                .filter(cast -> cast.is("Cast"))
                .flatMap(cast -> graph.constant(cast, 0))
                .filter(codes -> codes.type() == ElementType.UINT4 || codes.type() == ElementType.UINT8)
                .flatMap(codes -> graph.constant(node, 0)
                        .filter(table -> table.type() == ElementType.FLOAT)
                        .map(table -> looked(table.floats(), codes)));
    }

    private static FoldedTensor looked(float[] table, Initializer codes) {
        byte[] indices = codes.codes();
        float[] values = new float[indices.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = table[Byte.toUnsignedInt(indices[i])];
        }
        return new FoldedTensor(values, codes.dims());
    }

    /** A constant, or the constant whose rows a value is. */
    private static Optional<Initializer> table(Graph graph, String value) {
        return graph.constant(value)
                .or(() -> graph.producer(value)
                        .filter(node ->
                                node.is("Gather") && node.integer("axis").orElse(0) == 0)
                        .flatMap(node -> graph.constant(node, 0)));
    }

    private static Optional<FoldedTensor> of(Graph graph, Node node) {
        if (node.is("Cast")) {
            return table(graph, node.inputs().get(0))
                    .filter(FoldedTensor::isCodes)
                    .map(FoldedTensor::cast);
        }
        if (node.inputs().size() < 2) {
            return Optional.empty();
        }
        Optional<FoldedTensor> first = of(graph, node.inputs().get(0));
        if (node.is("Sub") || node.is("Mul")) {
            Optional<FoldedTensor> second = of(graph, node.inputs().get(1));
            return first.flatMap(a ->
                    second.filter(b -> b.dims().size() <= a.dims().size()).map(b -> a.combined(b, node.is("Sub"))));
        }
        Optional<long[]> numbers = graph.constant(node, 1)
                .filter(tensor -> tensor.type() == ElementType.INT64)
                .map(Initializer::longs);
        if (node.is("Reshape")) {
            return first.flatMap(a -> numbers.map(shape -> a.reshaped(shape)));
        }
        if (node.is("Pad")) {
            return first.flatMap(a -> numbers.map(pads -> a.padded(pads)));
        }
        Optional<Initializer> ends = graph.constant(node, 2);
        Optional<Initializer> axes = graph.constant(node, 3);
        return node.is("Slice") && ends.isPresent() && axes.isPresent()
                ? first.map(
                        a -> a.resized((int) axes.get().longs()[0], ends.get().longs()[0]))
                : Optional.empty();
    }

    private static boolean isCodes(Initializer tensor) {
        return List.of(ElementType.INT8, ElementType.INT4, ElementType.INT2).contains(tensor.type())
                || Float8.has(tensor.type());
    }

    private static FoldedTensor cast(Initializer tensor) {
        if (Float8.has(tensor.type())) {
            return new FoldedTensor(tensor.floats(), tensor.dims());
        }
        byte[] codes = tensor.codes();
        float[] values = new float[codes.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = codes[i];
        }
        return new FoldedTensor(values, tensor.dims());
    }

    /** The difference or the product; extents of 1 in the other tensor are spread. */
    private FoldedTensor combined(FoldedTensor other, boolean subtract) {
        List<Long> spread = new ArrayList<>(other.dims);
        while (spread.size() < dims.size()) {
            spread.add(0, 1L);
        }
        float[] result = new float[values.length];
        for (int i = 0; i < result.length; i++) {
            float operand = other.values[index(i, spread)];
            result[i] = subtract ? values[i] - operand : values[i] * operand;
        }
        return new FoldedTensor(result, dims);
    }

    /** Where an element of this tensor finds its partner in one of these extents. */
    private int index(int element, List<Long> spread) {
        int rest = element;
        int index = 0;
        int stride = 1;
        for (int axis = dims.size() - 1; axis >= 0; axis--) {
            int extent = spread.get(axis).intValue();
            index += extent == 1 ? 0 : rest % dims.get(axis).intValue() * stride;
            rest /= dims.get(axis).intValue();
            stride *= extent;
        }
        return index;
    }

    private FoldedTensor reshaped(long[] shape) {
        List<Long> extents = new ArrayList<>();
        for (long extent : shape) {
            extents.add(extent);
        }
        return new FoldedTensor(values, extents);
    }

    private FoldedTensor padded(long[] pads) {
        FoldedTensor result = this;
        for (int axis = 0; axis < dims.size(); axis++) {
            result = result.resized(axis, dims.get(axis) + pads[dims.size() + axis]);
        }
        return result;
    }

    /** The first elements along an axis, and zeros behind where there are not as many. */
    private FoldedTensor resized(int axis, long extent) {
        long inner = 1;
        for (long dim : dims.subList(axis + 1, dims.size())) {
            inner *= dim;
        }
        int before = Math.toIntExact(dims.get(axis) * inner);
        int after = Math.toIntExact(extent * inner);
        int outer = before == 0 ? 0 : values.length / before;
        float[] result = new float[outer * after];
        for (int i = 0; i < outer; i++) {
            System.arraycopy(values, i * before, result, i * after, Math.min(before, after));
        }
        List<Long> extents = new ArrayList<>(dims);
        extents.set(axis, extent);
        return new FoldedTensor(result, extents);
    }
}
