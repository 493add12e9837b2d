package lathe.precondition;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.SparseConstant;
import lathe.engine.tensor.ElementType;

/**
 * Computes what nodes make of constants: those that move elements (Identity, Transpose, Reshape, Squeeze, Unsqueeze,
 * Flatten, Concat, Slice, Expand), Cast from one floating type to FLOAT, and Add, Sub, Mul, Div of FLOAT tensors. Results
 * are those of the ONNX definition, in float arithmetic. Values are kept, so each node is computed once. Not thread-safe.
 */
final class ConstantEvaluation {

    /** Elements of a result for each element that it is made of. */
    private static final int MOST_GROWTH = 1024;

    private final Graph graph;
    private final Map<String, Initializer> known = new HashMap<>();
    private final Map<String, Integer> keys = new HashMap<>();
    private final Map<List<Object>, Integer> ids = new HashMap<>();

    ConstantEvaluation(Graph graph) {
        this.graph = graph;
    }

    /** A value that is not computed here; the message is a clause that says why. */
    static final class UnknownException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnknownException(String message) {
            super(message);
        }
    }

    /** Equal for values that are computed in the same way from the same constants. */
    int key(String value) {
        Integer found = keys.get(value);
        if (found == null) {
            List<Object> form = form(value);
            found = ids.getOrDefault(form, ids.size());
            ids.put(form, found);
            keys.put(value, found);
        }
        return found;
    }

    private List<Object> form(String value) {
        Optional<Node> producer = graph.producer(value).filter(node -> !node.is("Constant"));
        if (producer.isEmpty()) {
            return List.of(value);
        }
        Node node = producer.get();
        List<Object> form = new ArrayList<>(
                List.of(node.opType(), node.attributes(), node.outputs().indexOf(value)));
        node.inputs().forEach(input -> form.add(input.isEmpty() ? -1 : key(input)));
        return form;
    }

    /**
     * The value.
     *
     * @throws UnknownException if it cannot be computed here
     */
    Initializer of(String value) {
        Initializer found = known.get(value);
        if (found == null) {
            found = computed(value);
            known.put(value, found);
        }
        return found;
    }

    private Initializer computed(String value) {
        Optional<Initializer> constant = graph.constant(value);
        if (constant.isPresent()) {
            return constant.get();
        }
        SparseConstant sparse =
                graph.origin().map(model -> model.sparseConstants().get(value)).orElse(null);
        if (sparse != null) {
            return sparse.dense().orElseThrow(() -> new UnknownException("a sparse constant of unusual form"));
        }
        Node node = graph.producer(value).orElseThrow(() -> new UnknownException("nothing computes them"));
        try {
            return result(node);
        } catch (IndexOutOfBoundsException | ArithmeticException | IllegalArgumentException e) {
            throw new UnknownException("%s '%s' does not fit what it reads".formatted(node.opType(), node.output()));
        }
    }

    private Initializer result(Node node) {
        Initializer x = of(node.inputs().get(0));
        return switch (node.opType()) {
            case "Identity" -> x;
            case "Transpose" -> transposed(x, node.integers("perm"));
            case "Reshape" ->
                reshaped(x, longs(node, 1), node.integer("allowzero").orElse(0) != 0);
            case "Flatten" -> flattened(x, node.integer("axis").orElse(1));
            case "Squeeze" -> squeezed(x, axes(node));
            case "Unsqueeze" -> unsqueezed(x, axes(node).orElseThrow(IllegalArgumentException::new));
            case "Expand" -> expanded(x, broadcast(dims(x), longs(node, 1)));
            case "Slice" -> sliced(x, node);
            case "Concat" -> joined(node);
            case "Cast" -> cast(x, node.integer("to").orElse(0));
            case "Add", "Sub", "Mul", "Div" ->
                combined(node.opType(), x, of(node.inputs().get(1)));
            default -> throw new UnknownException("a %s computes them".formatted(node.opType()));
        };
    }

    private static long[] dims(Initializer x) {
        return x.dims().stream().mapToLong(Long::longValue).toArray();
    }

    private long[] longs(Node node, int input) {
        return of(node.inputs().get(input)).longs();
    }

    private Optional<long[]> axes(Node node) {
        return node.integers("axes").or(() -> node.input(1).map(axes -> of(axes).longs()));
    }

    private static int axis(long axis, int rank) {
        long positive = axis < 0 ? axis + rank : axis;
        if (positive < 0 || positive >= rank) {
            throw new IllegalArgumentException("axis " + axis);
        }
        return (int) positive;
    }

    /** The same elements under other extents. */
    private static Initializer viewed(Initializer x, long[] dims) {
        List<Long> extents = LongStream.of(dims).boxed().toList();
        return new Initializer(x.name(), x.type(), extents, x.bytes(), x.origin());
    }

    private static Initializer reshaped(Initializer x, long[] shape, boolean zeroIsZero) {
        long[] dims = shape.clone();
        int open = -1;
        long others = 1;
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] == 0 && !zeroIsZero) {
                dims[i] = x.dims().get(i);
            }
            if (dims[i] == -1) {
                open = i;
            } else {
                others = Math.multiplyExact(others, dims[i]);
            }
        }
        if (open >= 0) {
            dims[open] = x.elements() / others;
        }
        return viewed(x, dims);
    }

    private static Initializer flattened(Initializer x, long axis) {
        long[] dims = dims(x);
        int at = (int) (axis < 0 ? axis + dims.length : axis);
        long first = Arrays.stream(dims, 0, at).reduce(1, (a, b) -> a * b);
        long second = Arrays.stream(dims, at, dims.length).reduce(1, (a, b) -> a * b);
        return viewed(x, new long[] {first, second});
    }

    private static Initializer squeezed(Initializer x, Optional<long[]> axes) {
        boolean[] gone = new boolean[x.rank()];
        for (int i = 0; i < gone.length; i++) {
            gone[i] = axes.isEmpty() && x.dims().get(i) == 1;
        }
        for (long axis : axes.orElse(new long[0])) {
            gone[axis(axis, x.rank())] = true;
        }
        return viewed(
                x,
                IntStream.range(0, gone.length)
                        .filter(i -> !gone[i])
                        .mapToLong(x.dims()::get)
                        .toArray());
    }

    private static Initializer unsqueezed(Initializer x, long[] axes) {
        long[] dims = new long[x.rank() + axes.length];
        for (long axis : axes) {
            dims[axis(axis, dims.length)] = 1;
        }
        int next = 0;
        for (int i = 0; i < dims.length; i++) {
            dims[i] = dims[i] == 1 ? 1 : x.dims().get(next++);
        }
        return viewed(x, dims);
    }

    private static Initializer transposed(Initializer x, Optional<long[]> perm) {
        int rank = x.rank();
        long[] order = perm.orElseGet(
                () -> LongStream.range(0, rank).map(i -> rank - 1 - i).toArray());
        long[] strides = strides(dims(x));
        long[] dims = new long[rank];
        long[] steps = new long[rank];
        for (int i = 0; i < rank; i++) {
            int from = axis(order[i], rank);
            dims[i] = x.dims().get(from);
            steps[i] = strides[from];
        }
        return gathered(x, dims, steps, 0);
    }

    private static Initializer expanded(Initializer x, long[] dims) {
        return gathered(x, dims, broadcastStrides(x, dims), 0);
    }

    private Initializer sliced(Initializer x, Node node) {
        if (node.inputs().size() < 3) {
            throw new UnknownException("a Slice of an old form computes them");
        }
        int rank = x.rank();
        long[] dims = dims(x);
        long[] steps = strides(dims);
        long start = 0;
        long[] starts = longs(node, 1);
        long[] ends = longs(node, 2);
        long[] axes = node.input(3)
                .map(axis -> of(axis).longs())
                .orElseGet(() -> LongStream.range(0, starts.length).toArray());
        long[] strides = node.input(4).map(step -> of(step).longs()).orElse(null);
        for (int i = 0; i < axes.length; i++) {
            int axis = axis(axes[i], rank);
            if (strides != null && strides[i] != 1) {
                throw new UnknownException("a Slice with steps computes them");
            }
            long extent = x.dims().get(axis);
            long from = Math.min(extent, Math.max(0, starts[i] < 0 ? starts[i] + extent : starts[i]));
            long to = Math.min(extent, Math.max(from, ends[i] < 0 ? ends[i] + extent : ends[i]));
            start += from * steps[axis];
            dims[axis] = to - from;
        }
        return gathered(x, dims, steps, start);
    }

    private Initializer joined(Node node) {
        List<Initializer> parts = node.inputs().stream().map(this::of).toList();
        int rank = parts.get(0).rank();
        int axis = axis(node.integer("axis").orElseThrow(IllegalArgumentException::new), rank);
        ElementType type = parts.get(0).type();
        int width = width(parts.get(0));
        long[] dims = dims(parts.get(0));
        dims[axis] = parts.stream().mapToLong(part -> part.dims().get(axis)).sum();
        long blocks = Arrays.stream(dims, 0, axis).reduce(1, (a, b) -> a * b);
        byte[] joined = new byte
                [length(
                        dims,
                        width,
                        parts.stream().mapToLong(Initializer::elements).sum())];
        int at = 0;
        List<byte[]> contents = parts.stream().map(ConstantEvaluation::content).toList();
        for (int block = 0; block < blocks; block++) {
            for (int i = 0; i < parts.size(); i++) {
                if (parts.get(i).type() != type || parts.get(i).rank() != rank) {
                    throw new IllegalArgumentException("parts of different form");
                }
                int length = (int) (contents.get(i).length / blocks);
                System.arraycopy(contents.get(i), block * length, joined, at, length);
                at += length;
            }
        }
        return Initializer.of(node.output(), type, LongStream.of(dims).boxed().toList(), joined);
    }

    private static Initializer cast(Initializer x, long to) {
        boolean floating = switch (x.type()) {
            case FLOAT, DOUBLE, FLOAT16, BFLOAT16 -> true;
            default -> false;
        };
        if (!floating || to != ElementType.FLOAT.code()) {
            throw new UnknownException("a Cast from %s to %s computes them".formatted(x.type(), ElementType.ofCode((int)
                    Math.max(0, Math.min(to, Short.MAX_VALUE)))));
        }
        return x.type() == ElementType.FLOAT ? x : Initializer.ofFloats(x.name(), x.floats(), dims(x));
    }

    private static Initializer combined(String operator, Initializer a, Initializer b) {
        if (a.type() != ElementType.FLOAT || b.type() != ElementType.FLOAT) {
            throw new UnknownException("a %s of %s and %s computes them".formatted(operator, a.type(), b.type()));
        }
        long[] dims = broadcast(dims(a), dims(b));
        float[] left = expanded(a, dims).floats();
        float[] right = expanded(b, dims).floats();
        for (int i = 0; i < left.length; i++) {
            left[i] = switch (operator) {
                case "Add" -> left[i] + right[i];
                case "Sub" -> left[i] - right[i];
                case "Mul" -> left[i] * right[i];
                default -> left[i] / right[i];
            };
        }
        return Initializer.ofFloats(a.name(), left, dims).storedAs(a);
    }

    private static long[] broadcast(long[] a, long[] b) {
        long[] dims = new long[Math.max(a.length, b.length)];
        for (int i = 1; i <= dims.length; i++) {
            long left = i <= a.length ? a[a.length - i] : 1;
            long right = i <= b.length ? b[b.length - i] : 1;
            if (left != right && left != 1 && right != 1) {
                throw new IllegalArgumentException("extents %d and %d".formatted(left, right));
            }
            dims[dims.length - i] = left == 1 ? right : left;
        }
        return dims;
    }

    private static long[] strides(long[] dims) {
        long[] strides = new long[dims.length];
        long stride = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= dims[i];
        }
        return strides;
    }

    private static long[] broadcastStrides(Initializer x, long[] dims) {
        long[] own = strides(dims(x));
        long[] strides = new long[dims.length];
        for (int i = 1; i <= own.length; i++) {
            strides[dims.length - i] = x.dims().get(own.length - i) == 1 ? 0 : own[own.length - i];
        }
        return strides;
    }

    /**
     * A tensor whose element at an index is the element of x at {@code start + index . strides}.
     *
     * @param dims extents of the result
     */
    private static Initializer gathered(Initializer x, long[] dims, long[] strides, long start) {
        int width = width(x);
        byte[] from = content(x);
        byte[] to = new byte[length(dims, width, x.elements())];
        long[] index = new long[dims.length];
        long source = start;
        for (int at = 0; at < to.length; at += width) {
            System.arraycopy(from, Math.toIntExact(source * width), to, at, width);
            for (int axis = dims.length - 1; axis >= 0; axis--) {
                source += strides[axis];
                if (++index[axis] < dims[axis]) {
                    break;
                }
                source -= dims[axis] * strides[axis];
                index[axis] = 0;
            }
        }
        return Initializer.of(x.name(), x.type(), LongStream.of(dims).boxed().toList(), to)
                .storedAs(x);
    }

    private static byte[] content(Initializer x) {
        if (x.bytes().size() > Integer.MAX_VALUE - Long.BYTES) {
            throw new UnknownException("'%s' takes 2 GiB or more".formatted(x.name()));
        }
        byte[] content = new byte[(int) x.bytes().size()];
        x.bytes().buffer().get(content);
        return content;
    }

    private static int width(Initializer x) {
        if (x.type().bits() < Byte.SIZE) {
            throw new UnknownException("'%s' is %s".formatted(x.name(), x.type()));
        }
        return x.type().bits() / Byte.SIZE;
    }

    /** Bytes of a result; no more than {@value #MOST_GROWTH} times as many elements as it is made of. */
    private static int length(long[] dims, int width, long elements) {
        long most = Math.min(MOST_GROWTH * (elements + 1), (Integer.MAX_VALUE - Long.BYTES) / width);
        long count = 1;
        for (long dim : dims) {
            count = Math.multiplyExact(count, dim);
        }
        if (count < 0 || count > most) {
            throw new UnknownException("they are %d times as large as what they are computed from"
                    .formatted(count / Math.max(1, elements)));
        }
        return (int) count * width;
    }
}
