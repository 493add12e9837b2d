package lathe.engine.qdq;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Initializer;
import lathe.engine.grid.AffineFormat;
import lathe.engine.grid.Blocks;
import lathe.engine.grid.CodebookFormat;
import lathe.engine.grid.CodedFormat;
import lathe.engine.grid.FloatFormat;
import lathe.engine.grid.LevelTable;
import lathe.engine.grid.TableFormat;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Layer;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.operator.WeightLayout;
import lathe.engine.tensor.ElementType;

/**
 * Quantized weights as the inputs and attributes of a DequantizeLinear: codes in the shape of the original weights;
 * one scale for all if all are equal, else one per output channel or per block. Codes have the smallest type that the
 * operator set allows for DequantizeLinear: 2 bits from version 25 on, 4 bits from 21 on, else 8; floats of 8 bits from 19
 * on. Where ONNX has no type for the levels, codes are unsigned indices of a table.
 *
 * @param codes in the shape of the original weights
 * @param scale scalar, one an output, or in the shape of {@link WeightLayout#axes} with the input axis cut into blocks
 * @param zeroPoint like the scale, of the type of the codes
 * @param zeroes true if all zero points are 0, which is what a DequantizeLinear without any takes
 * @param attributes axis and block size
 * @param table of levels that the codes are indices of; empty where they are numbers themselves
 */
record StoredWeights(
        Initializer codes,
        Initializer scale,
        Initializer zeroPoint,
        boolean zeroes,
        Map<String, Attribute> attributes,
        Optional<LevelTable> table) {

    private static final long FLOAT8_OPSET = 19;
    private static final long INT4_OPSET = 21;
    private static final long INT2_OPSET = 25;

    /** The first operator set whose DequantizeLinear has a scale a block. */
    static final long BLOCK_OPSET = 21;

    /**
     * The operator set from which on these weights take the least room, of those that models are converted to. Codes of 2
     * bits that are folded are packed instead of asking for a runtime that has a type for them: 0.1 % more.
     */
    static long bestOpset(WeightFormat format, WeightForm form) {
        int bits = format.bits();
        boolean product = form == WeightForm.NBITS && format.sharing() == WeightFormat.Sharing.BLOCK;
        if (format instanceof CodebookFormat || product) {
            return QdqRewrite.OPSET;
        }
        if (bits <= 2 && format instanceof AffineFormat && form == WeightForm.DEQUANTIZE) {
            return INT2_OPSET;
        }
        if (bits <= 4 || format.sharing() == WeightFormat.Sharing.BLOCK || format instanceof FloatFormat) {
            return INT4_OPSET;
        }
        return bits < Byte.SIZE && form.isPacked() ? Pack.OR_OPSET : QdqRewrite.OPSET;
    }

    /** The type that codes are stored in; unsigned integers are indices of a table. */
    static ElementType type(WeightFormat format, long opset) {
        int bits = format.bits();
        if (format instanceof FloatFormat floats) {
            return opset >= FLOAT8_OPSET ? floats.type() : ElementType.UINT8;
        }
        if (format instanceof CodedFormat) {
            return ElementType.INT8;
        }
        if (format instanceof CodebookFormat) {
            return ElementType.INT16; // of which no integer kernel is made
        }
        if (format instanceof TableFormat) {
            return bits <= 4 && opset >= INT4_OPSET ? ElementType.UINT4 : ElementType.UINT8;
        }
        if (bits <= 2 && opset >= INT2_OPSET) {
            return ElementType.INT2;
        }
        return bits <= 4 && opset >= INT4_OPSET ? ElementType.INT4 : ElementType.INT8;
    }

    /** Lays out the weights of all groups of a layer. */
    static StoredWeights of(Layer layer, List<QuantizedWeights> groups, long opset) {
        Blocks blocks = groups.get(0).blocks();
        WeightLayout layout = layer.layout();
        int rows = layer.rows();
        int cols = layer.cols();
        int count = blocks.count();
        short[] codes = new short[rows * cols];
        float[] scales = new float[rows * count];
        byte[] zeroPoints = new byte[rows * count];
        for (int row = 0; row < rows; row++) {
            QuantizedWeights group = groups.get(row / layer.rowsPerGroup());
            int groupRow = row % layer.rowsPerGroup();
            for (int col = 0; col < cols; col++) {
                codes[layout.index(row, col, cols)] = group.codes()[groupRow * cols + col];
            }
            for (int block = 0; block < count; block++) {
                int at = count == 1 ? row : layout.index(row, block, count);
                scales[at] = group.scales()[groupRow * count + block];
                zeroPoints[at] = group.zeroPoints()[groupRow * count + block];
            }
        }
        WeightFormat format = groups.get(0).format();
        ElementType type = format instanceof CodedFormat ? narrowest(codes) : type(format, opset);
        boolean shared = rows * count > 1 && areEqual(scales, zeroPoints);
        long[] scaleDims = shared ? new long[0] : scaleDims(layer, blocks);
        int stored = shared ? 1 : scales.length;
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        if (!shared) {
            attributes.put("axis", new Attribute.Int(count == 1 ? layout.outputAxis() : layout.inputAxis()));
        }
        if (!shared && count > 1) {
            attributes.put("block_size", new Attribute.Int(blocks.block()));
        }
        return new StoredWeights(
                tensor(type, layer.weights().dims(), codes),
                Initializer.ofFloats("s", Arrays.copyOf(scales, stored), scaleDims),
                Initializer.ofCodes(
                        "z",
                        type == ElementType.INT16 ? ElementType.INT8 : type,
                        LongStream.of(scaleDims).boxed().toList(),
                        Arrays.copyOf(zeroPoints, stored)),
                areZero(zeroPoints),
                attributes,
                table(format, opset));
    }

    /** INT8 where all codes fit. */
    private static ElementType narrowest(short[] codes) {
        for (short code : codes) {
            if (code != (byte) code) {
                return ElementType.INT16;
            }
        }
        return ElementType.INT8;
    }

    private static Initializer tensor(ElementType type, List<Long> dims, short[] codes) {
        if (type == ElementType.INT16) {
            ByteBuffer bytes = ByteBuffer.allocate(Short.BYTES * codes.length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asShortBuffer().put(codes);
            return Initializer.of("q", type, dims, bytes.array());
        }
        byte[] narrow = new byte[codes.length];
        for (int i = 0; i < codes.length; i++) {
            narrow[i] = (byte) codes[i];
        }
        return Initializer.ofCodes("q", type, dims, narrow);
    }

    /** The table of levels that codes are indices of; empty where they are numbers themselves. */
    static Optional<LevelTable> table(WeightFormat format, long opset) {
        ElementType type = type(format, opset);
        boolean indices = type == ElementType.UINT4 || type == ElementType.UINT8;
        return indices && format.levels() instanceof LevelTable table ? Optional.of(table) : Optional.empty();
    }

    private static long[] scaleDims(Layer layer, Blocks blocks) {
        if (blocks.isOne()) {
            return new long[] {layer.rows()};
        }
        List<Long> dims = new ArrayList<>(layer.layout().axes());
        int axis = layer.layout().inputAxis();
        dims.set(axis, (dims.get(axis) + blocks.block() - 1) / blocks.block());
        return dims.stream().mapToLong(Long::longValue).toArray();
    }

    private static boolean areEqual(float[] scales, byte[] zeroPoints) {
        for (int i = 1; i < scales.length; i++) {
            if (scales[i] != scales[0] || zeroPoints[i] != zeroPoints[0]) {
                return false;
            }
        }
        return true;
    }

    private static boolean areZero(byte[] values) {
        for (byte value : values) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * True if ONNX Runtime (1.24 to 1.32 at least) would take these weights for an integer kernel that does not know
     * them, and then refuse the model: codes of 2 bits, or blocks of a MatMul. A Reshape keeps them apart.
     */
    boolean misleadsFusion(Layer layer) {
        boolean product = layer.site().observed().match(windows -> false, rows -> true, steps -> false, () -> false);
        return codes.type() == ElementType.INT2
                || (block() > 0 && product && !layer.site().takesBias());
    }

    /**
     * The same weights with codes in the highest bits of their bytes, zeros below: scales are divided by what that
     * multiplies codes and zero points by, a power of two, so every product is the same to the bit. Indices keep their
     * scales.
     *
     * @return empty if a scale is so small that it would be rounded
     */
    Optional<StoredWeights> inHighBits(int bits) {
        int shift = Byte.SIZE - bits;
        Initializer shifted = shifted(codes, shift);
        if (table.isPresent()) {
            return Optional.of(new StoredWeights(shifted, scale, zeroPoint, zeroes, attributes, table));
        }
        float[] scales = scale.floats();
        for (int i = 0; i < scales.length; i++) {
            float divided = scales[i] / (1 << shift);
            if (divided * (1 << shift) != scales[i]) {
                return Optional.empty();
            }
            scales[i] = divided;
        }
        long[] dims = scale.dims().stream().mapToLong(Long::longValue).toArray();
        return Optional.of(new StoredWeights(
                shifted,
                Initializer.ofFloats("s", scales, dims),
                shifted(zeroPoint, shift),
                zeroes,
                attributes,
                table));
    }

    /**
     * The codes in exclusive or with the zero point of their output: 0 for a weight that is 0. Only where an output has one
     * zero point, or all are 0.
     */
    Initializer codesByZeroPoint(Layer layer) {
        if (zeroes) {
            return codes;
        }
        int cols = layer.cols();
        byte[] zeroPoints = zeroPoint.codes();
        byte[] relative = codes.codes();
        for (int row = 0; row < relative.length / cols; row++) {
            byte own = zeroPoints[zeroPoints.length == 1 ? 0 : row];
            for (int col = 0; col < cols; col++) {
                relative[layer.layout().index(row, col, cols)] ^= own;
            }
        }
        return Initializer.ofCodes(codes.name(), codes.type(), codes.dims(), relative);
    }

    private static Initializer shifted(Initializer tensor, int shift) {
        byte[] codes = tensor.codes();
        for (int i = 0; i < codes.length; i++) {
            codes[i] = (byte) (codes[i] << shift);
        }
        return Initializer.ofCodes(tensor.name(), ElementType.INT8, tensor.dims(), codes);
    }

    /** Input channels that share a scale; 0 where an output has one. */
    long block() {
        return attributes.get("block_size") instanceof Attribute.Int size ? size.value() : 0;
    }

    /** One scale an output or one for all, codes of 8 bits: what integer kernels take. */
    boolean suitsIntegerKernels() {
        return codes.type() == ElementType.INT8 && zeroes && scale.rank() <= 1;
    }
}
