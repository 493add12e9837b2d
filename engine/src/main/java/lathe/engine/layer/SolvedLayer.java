package lathe.engine.layer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import lathe.engine.graph.ChannelAffine;
import lathe.engine.grid.Blocks;
import lathe.engine.grid.WeightFormat;
import lathe.engine.tensor.WeightMatrix;

/**
 * A layer of the graph and the weights found for it.
 *
 * @param layer where it is
 * @param groups its weights, one matrix a group, all of one kind
 * @param bias its bias, corrected, {@code layer.rows()} numbers
 */
public record SolvedLayer(Layer layer, List<CompressedLayer> groups, float[] bias) {

    public SolvedLayer {
        groups = List.copyOf(groups);
        if (groups.size() != layer.groups() || bias.length != layer.rows()) {
            throw new IllegalArgumentException("layer '%s': %d groups and %d outputs, %d matrices and %d biases"
                    .formatted(layer.name(), layer.groups(), layer.rows(), groups.size(), bias.length));
        }
    }

    /** A layer with its own weights and bias. */
    public static SolvedLayer unchanged(Layer layer) {
        List<CompressedLayer> groups = layer.matrices().stream()
                .<CompressedLayer>map(FloatWeights::new)
                .toList();
        return new SolvedLayer(layer, groups, layer.biasValues());
    }

    /** A {@linkplain #standIn(Layer, Optional, double) stand-in} in which no weight is 0. */
    public static SolvedLayer standIn(Layer layer, Optional<WeightFormat> format) {
        return standIn(layer, format, 0);
    }

    /**
     * A layer with other numbers in the place of those to be found, which takes the same room in a file: scales differ, as
     * they would.
     *
     * @param format empty for floats
     * @param zeros share of weights that are 0, the first of each group
     */
    public static SolvedLayer standIn(Layer layer, Optional<WeightFormat> format, double zeros) {
        List<CompressedLayer> groups = new ArrayList<>();
        for (int group = 0; group < layer.groups(); group++) {
            groups.add(standIn(layer, format, zeros, group));
        }
        return new SolvedLayer(layer, groups, new float[layer.rows()]);
    }

    private static CompressedLayer standIn(Layer layer, Optional<WeightFormat> format, double zeros, int group) {
        int rows = layer.rowsPerGroup();
        int cols = layer.cols();
        int first = (int) Math.round(zeros * rows * cols);
        if (format.isEmpty()) {
            float[] values = new float[rows * cols];
            Arrays.fill(values, first, values.length, 1);
            return new FloatWeights(new WeightMatrix(rows, cols, values));
        }
        Blocks blocks = format.get().blocks(cols, layer.taps());
        float[] scales = new float[rows * blocks.count()];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = format.get().sharing() == WeightFormat.Sharing.TENSOR ? 1 : 1 + group * scales.length + i;
        }
        byte[] zeroPoints = new byte[scales.length];
        byte zeroPoint = (byte) (format.get().symmetric() ? 0 : 1);
        Arrays.fill(zeroPoints, zeroPoint);
        short[] codes = new short[rows * cols];
        Arrays.fill(codes, 0, first, zeroPoint);
        Arrays.fill(codes, first, codes.length, (short) (1 - zeroPoint));
        return new QuantizedWeights(format.get().standIn(cols, layer.taps()), blocks, rows, codes, scales, zeroPoints);
    }

    /** The same weights for another layer that shares them. */
    public SolvedLayer sharedWith(Layer user) {
        return new SolvedLayer(user, groups, new float[user.rows()]);
    }

    /** The weights as codes, one matrix a group; empty where they are floats. */
    public List<QuantizedWeights> quantized() {
        return groups.stream()
                .filter(QuantizedWeights.class::isInstance)
                .map(QuantizedWeights.class::cast)
                .toList();
    }

    /** The same weights as floats: the layer computes the same, but is not stored as codes. */
    public SolvedLayer inFloat() {
        List<CompressedLayer> floats = groups.stream()
                .<CompressedLayer>map(group -> new FloatWeights(group.weights()))
                .toList();
        return new SolvedLayer(layer, floats, bias);
    }

    /**
     * The same with each output y changed to {@code map.scale() * y + map.shift()}.
     *
     * @param map one positive scale and one shift an output
     */
    public SolvedLayer mapped(ChannelAffine map) {
        List<CompressedLayer> scaled = new ArrayList<>();
        int rows = layer.rowsPerGroup();
        for (int group = 0; group < groups.size(); group++) {
            double[] factors = Arrays.copyOfRange(map.scale(), group * rows, (group + 1) * rows);
            scaled.add(groups.get(group).scaled(factors));
        }
        float[] moved = new float[bias.length];
        for (int row = 0; row < moved.length; row++) {
            moved[row] = (float) (map.scale()[row] * bias[row] + map.shift()[row]);
        }
        return new SolvedLayer(layer, scaled, moved);
    }

    /** The new weights in float, in the order in which the original ones were stored. */
    public float[] storedFloats() {
        float[] stored = new float[layer.rows() * layer.cols()];
        int rowsPerGroup = layer.rowsPerGroup();
        for (int group = 0; group < groups.size(); group++) {
            WeightMatrix weights = groups.get(group).weights();
            for (int i = 0; i < rowsPerGroup * layer.cols(); i++) {
                int row = group * rowsPerGroup + i / layer.cols();
                int col = i % layer.cols();
                stored[layer.layout().index(row, col, layer.cols())] = weights.at(i / layer.cols(), col);
            }
        }
        return stored;
    }

    /** Share of weights that are 0. */
    public double sparsity() {
        long zeros = 0;
        for (float weight : storedFloats()) {
            zeros += weight == 0 ? 1 : 0;
        }
        return (double) zeros / layer.weights().elements();
    }
}
