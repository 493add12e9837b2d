package lathe.engine.solve;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import lathe.engine.grid.Blocks;
import lathe.engine.grid.Levels;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;

/**
 * The scales that one output may take: for each block the scale at which its largest weight is just held, the zero
 * point and, for each column, the codes without the zero point. Immutable.
 */
final class ScaleRange {

    private final Levels levels;
    private final Blocks blocks;
    private final float ofZeros;
    private final double floor;
    private final double ceiling;
    private final double[] full;
    private final int[] zeroPoints;
    private final float[] lowest;
    private final float[] highest;
    private final CodePairs pairs;

    private ScaleRange(
            Levels levels,
            Blocks blocks,
            double floor,
            double ceiling,
            CoveringScale[] full,
            boolean[] keptZeros,
            CodePairs pairs) {
        this.levels = levels;
        this.blocks = blocks;
        this.pairs = pairs;
        this.ofZeros = levels.nearest(0) == 0 ? 1 : Float.MIN_NORMAL;
        this.floor = floor;
        this.ceiling = ceiling;
        this.full = Arrays.stream(full).mapToDouble(CoveringScale::scale).toArray();
        this.zeroPoints = Arrays.stream(full).mapToInt(CoveringScale::zeroPoint).toArray();
        this.lowest = new float[keptZeros.length];
        this.highest = new float[keptZeros.length];
        for (int col = 0; col < keptZeros.length; col++) {
            int zeroPoint = zeroPoints[blocks.of(col)];
            lowest[col] = keptZeros[col] ? 0 : levels.least() - zeroPoint;
            highest[col] = keptZeros[col] ? 0 : levels.largest() - zeroPoint;
        }
    }

    /**
     * The scales of an output by itself.
     *
     * @param weights of the output
     * @param floor the least scale
     * @param keepsZeros true if weights that are 0 stay 0
     * @param pairs of codes
     * @param rounding of zero points to whole numbers
     */
    static ScaleRange of(
            WeightFormat format,
            Blocks blocks,
            float[] weights,
            double floor,
            boolean keepsZeros,
            CodePairs pairs,
            DoubleUnaryOperator rounding) {
        double[] least = new double[blocks.count()];
        double[] most = new double[blocks.count()];
        for (int col = 0; col < weights.length; col++) {
            int block = blocks.of(col);
            least[block] = Math.min(least[block], weights[col]);
            most[block] = Math.max(most[block], weights[col]);
        }
        CoveringScale[] full = new CoveringScale[blocks.count()];
        Arrays.setAll(full, block -> CoveringScale.covering(format, least[block], most[block], rounding));
        if (blocks.isOne()) {
            full[0] = full[0].atLeast(pairs.leastScale(weights));
        }
        return new ScaleRange(
                format.levels(), blocks, floor, Float.MAX_VALUE, full, keptZeros(weights, keepsZeros), pairs);
    }

    /** The one scale that an output takes which shares it with its whole layer. */
    static ScaleRange shared(
            WeightFormat format,
            Blocks blocks,
            float[] weights,
            CoveringScale scale,
            boolean keepsZeros,
            CodePairs pairs) {
        CoveringScale[] full = {scale};
        return new ScaleRange(
                format.levels(), blocks, scale.scale(), scale.scale(), full, keptZeros(weights, keepsZeros), pairs);
    }

    /**
     * The scales of an output whose zero points are chosen, and where the layer has one scale, that too.
     *
     * @param chosen the solved weights
     * @param row of the output
     * @param pairs of codes
     */
    static ScaleRange of(LayerProblem problem, QuantizedWeights chosen, int row, CodePairs pairs) {
        WeightFormat format = chosen.format();
        Blocks blocks = chosen.blocks();
        CoveringScale[] full = new CoveringScale[blocks.count()];
        int first = row * full.length;
        Arrays.setAll(
                full, block -> new CoveringScale(chosen.scales()[first + block], chosen.zeroPoints()[first + block]));
        boolean shared = format.sharing() == WeightFormat.Sharing.TENSOR;
        return new ScaleRange(
                format.levels(),
                blocks,
                shared ? full[0].scale() : problem.scaleFloor()[row],
                shared ? full[0].scale() : Float.MAX_VALUE,
                full,
                keptZeros(problem.weights().floatRow(row), problem.keepsZeros()),
                pairs);
    }

    private static boolean[] keptZeros(float[] weights, boolean keepsZeros) {
        boolean[] kept = new boolean[weights.length];
        for (int col = 0; col < kept.length; col++) {
            kept[col] = keepsZeros && weights[col] == 0;
        }
        return kept;
    }

    /** The levels that codes may have. */
    Levels levels() {
        return levels;
    }

    /** The least code of each column, without the zero point; 0 or less. Not to be changed. */
    float[] lowest() {
        return lowest;
    }

    /** The largest code of each column, without the zero point; 0 or more. Not to be changed. */
    float[] highest() {
        return highest;
    }

    /** The least code of a column beside the others of its output. */
    float lowest(int col, float[] codes) {
        int partner = pairs.partner(col);
        return partner < 0 ? lowest[col] : pairs.lowestBeside(codes[partner], lowest[col]);
    }

    /** The largest code of a column beside the others of its output. */
    float highest(int col, float[] codes) {
        int partner = pairs.partner(col);
        return partner < 0 ? highest[col] : pairs.highestBeside(codes[partner], highest[col]);
    }

    /** Zero point of each block. Not to be changed. */
    int[] zeroPoints() {
        return zeroPoints;
    }

    /** For each block the given fraction of the scale that just holds its largest weight. */
    float[] scales(double fraction) {
        float[] scales = new float[full.length];
        for (int block = 0; block < scales.length; block++) {
            scales[block] = legal(fraction * full[block]);
        }
        return scales;
    }

    /** Scales of each block times a factor. */
    float[] times(float[] scales, double factor) {
        float[] scaled = new float[scales.length];
        for (int block = 0; block < scales.length; block++) {
            scaled[block] = legal(factor * scales[block]);
        }
        return scaled;
    }

    /**
     * A scale that may be stored: float, between the output's bounds, positive and finite. A scale of 0, which a block
     * of zeros asks for, becomes the floor; where there is none 1, or as good as 0 if 0 is no level.
     */
    float legal(double wanted) {
        float scale = (float) Math.min(ceiling, Math.max(wanted, floor));
        if (scale < floor) {
            scale = Math.nextUp(scale);
        }
        return scale == 0 ? wanted > 0 ? Float.MIN_VALUE : ofZeros : scale;
    }

    /** The block of a column. */
    int blockOf(int col) {
        return full.length == 1 ? 0 : blocks.of(col);
    }

    /** The scale of each column. */
    float[] perColumn(float[] scales) {
        float[] perColumn = new float[lowest.length];
        if (scales.length == 1) {
            Arrays.fill(perColumn, scales[0]);
            return perColumn;
        }
        blocks.spread(scales, perColumn);
        return perColumn;
    }
}
