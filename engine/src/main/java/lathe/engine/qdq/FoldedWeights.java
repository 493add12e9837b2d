package lathe.engine.qdq;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.operator.WeightLayout;
import lathe.engine.tensor.ElementType;

/**
 * Writes quantized weights so that a runtime folds them into constants of FLOAT when it loads the model:
 * {@code Mul(Sub(Cast(codes), Cast(zero points)), scales)}, or {@code Mul(Gather(table, Cast(codes)), scales)} where codes
 * are indices. Where an axis of the tensor is not one of its layout's, a Reshape in front of Sub and Mul and one behind them
 * give it those. Codes whose zeros were left out come in exclusive or with the zero points: a BitwiseXor gives the codes.
 * Blocks take two Reshapes more, which give the axis of input
 * channels an axis of blocks beside it, and where its extent is no multiple of a block, a Pad and a Slice. Sub and Mul
 * round as DequantizeLinear does, so the values are the same to the bit.
 */
final class FoldedWeights {

    private final GraphEdit edit;
    private final Node reader;
    private String value;

    private FoldedWeights(GraphEdit edit, Node reader) {
        this.edit = edit;
        this.reader = reader;
    }

    /**
     * Inserts the nodes in front of a node.
     *
     * @param codes their name, in their shape
     * @param byZeroPoint true if these are in exclusive or with the zero points, see {@link StoredWeights#codesByZeroPoint}
     * @param table name of the table of levels, where there is one
     * @return the name of the weights in float
     */
    static String insert(
            GraphEdit edit,
            Node reader,
            String codes,
            boolean byZeroPoint,
            StoredWeights weights,
            WeightLayout layout,
            Optional<String> table) {
        FoldedWeights folded = new FoldedWeights(edit, reader);
        folded.write(codes, byZeroPoint, weights, layout, table);
        return folded.value;
    }

    /** Inserts a Reshape in front of a node; the name of what it gives. */
    static String reshaped(GraphEdit edit, Node reader, String value, String shape) {
        return new FoldedWeights(edit, reader).node("Reshape", List.of(value, shape));
    }

    private void write(
            String codes, boolean byZeroPoint, StoredWeights weights, WeightLayout layout, Optional<String> table) {
        int axis = layout.inputAxis();
        List<Long> stored = weights.codes().dims();
        List<Long> dims = layout.axes();
        Initializer scale = weights.scale();
        List<Long> scaleDims;
        long block = weights.block();
        if (block == 0) {
            scaleDims = scale.rank() == 0 ? List.of() : layout.dimsAlongOutputs();
        } else {
            scaleDims = new ArrayList<>(scale.dims());
            scaleDims.add(axis + 1, 1L);
        }
        long extent = dims.get(axis);
        long padded = block == 0 ? extent : scale.dims().get(axis) * block;
        boolean axesDiffer = !dims.equals(stored) && scale.rank() > 0 && (block == 0 || padded > extent);
        boolean codesDiffer = axesDiffer && byZeroPoint; // ONNX Runtime has no Reshape of 4 bits
        String shaped = codesDiffer ? reshaped(edit, reader, codes, longs(array(dims))) : codes;
        String zeroPoint = weights.zeroes() ? "" : edit.putFresh(withDims(weights.zeroPoint(), scaleDims));
        String plain = byZeroPoint && !weights.zeroes() ? node("BitwiseXor", List.of(shaped, zeroPoint)) : shaped;
        value = table.isEmpty()
                ? cast(plain, ElementType.FLOAT)
                : node("Gather", List.of(table.get(), cast(plain, ElementType.INT32)));
        if (axesDiffer && !codesDiffer) {
            reshape(dims);
        }
        if (block > 0) {
            if (padded > extent) {
                long[] pads = new long[2 * dims.size()];
                pads[dims.size() + axis] = padded - extent;
                apply("Pad", longs(pads));
            }
            List<Long> blocked = new ArrayList<>(dims);
            blocked.set(axis, block);
            blocked.add(axis, scale.dims().get(axis));
            reshape(blocked);
        }
        if (!weights.zeroes()) {
            apply("Sub", cast(zeroPoint, ElementType.FLOAT));
        }
        apply("Mul", edit.putFresh(withDims(scale, scaleDims)));
        if (block > 0) {
            List<Long> whole = new ArrayList<>(dims);
            whole.set(axis, padded);
            reshape(padded > extent ? whole : stored);
            if (padded > extent) {
                apply("Slice", longs(0), longs(extent), longs(axis));
            }
        }
        if (axesDiffer) {
            reshape(stored);
        }
    }

    private static Initializer withDims(Initializer tensor, List<Long> dims) {
        return new Initializer(tensor.name(), tensor.type(), dims, tensor.bytes(), tensor.origin());
    }

    private String cast(String codes, ElementType type) {
        Map<String, Attribute> to = Map.of("to", new Attribute.Int(type.code()));
        return edit.computeBefore(reader, "c", "Cast", List.of(codes), to);
    }

    private void reshape(List<Long> dims) {
        apply("Reshape", longs(array(dims)));
    }

    private static long[] array(List<Long> numbers) {
        return numbers.stream().mapToLong(Long::longValue).toArray();
    }

    private void apply(String opType, String... others) {
        List<String> inputs = new ArrayList<>(List.of(value));
        inputs.addAll(List.of(others));
        value = node(opType, inputs);
    }

    private String node(String opType, List<String> inputs) {
        return edit.computeBefore(reader, "w", opType, inputs, Map.of());
    }

    private String longs(long... numbers) {
        return edit.putFresh(Initializer.ofLongs("i", numbers, numbers.length));
    }
}
