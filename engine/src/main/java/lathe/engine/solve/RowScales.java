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
final class RowScales {

    private final Levels levels;
    private final Blocks blocks;
    private final double floor;
    private final double ceiling;
    private final double[] full;
    private final int[] zeroPoints;
    private final float[] lowest;
    private final float[] highest;
    private final CodePairs pairs;

    private RowScales(
            Levels levels,
            Blocks blocks,
            double floor,
            double ceiling,
            AffineStep[] full,
            boolean[] keptZeros,
            CodePairs pairs) {
        this.levels = levels;
        this.blocks = blocks;
        this.pairs = pairs;
        this.floor = floor;
        this.ceiling = ceiling;
        this.full = Arrays.stream(full).mapToDouble(AffineStep::step).toArray();
        this.zeroPoints = Arrays.stream(full).mapToInt(AffineStep::zeroPoint).toArray();
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
    static RowScales of(
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
        AffineStep[] full = new AffineStep[blocks.count()];
        Arrays.setAll(full, block -> AffineStep.covering(format, least[block], most[block], rounding));
        if (blocks.isOne()) {
            full[0] = full[0].atLeast(pairs.leastStep(weights));
        }
        return new RowScales(
                format.levels(), blocks, floor, Float.MAX_VALUE, full, keptZeros(weights, keepsZeros), pairs);
    }

    /** The one scale that an output takes which shares it with its whole layer. */
    static RowScales shared(
            WeightFormat format,
            Blocks blocks,
            float[] weights,
            AffineStep scale,
            boolean keepsZeros,
            CodePairs pairs) {
        AffineStep[] full = {scale};
        return new RowScales(
                format.levels(), blocks, scale.step(), scale.step(), full, keptZeros(weights, keepsZeros), pairs);
    }

    /**
     * The scales of an output whose zero points are chosen, and where the layer has one scale, that too.
     *
     * @param chosen the solved weights
     * @param row of the output
     * @param pairs of codes
     */
    static RowScales of(LayerProblem problem, QuantizedWeights chosen, int row, CodePairs pairs) {
        WeightFormat format = chosen.format();
        Blocks blocks = chosen.blocks();
        AffineStep[] full = new AffineStep[blocks.count()];
        int first = row * full.length;
        Arrays.setAll(
                full, block -> new AffineStep(chosen.scales()[first + block], chosen.zeroPoints()[first + block]));
        boolean shared = format.sharing() == WeightFormat.Sharing.TENSOR;
        return new RowScales(
                format.levels(),
                blocks,
                shared ? full[0].step() : problem.scaleFloor()[row],
                shared ? full[0].step() : Float.MAX_VALUE,
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
    float[] steps(double fraction) {
        float[] steps = new float[full.length];
        for (int block = 0; block < steps.length; block++) {
            steps[block] = legal(fraction * full[block]);
        }
        return steps;
    }

    /** Scales of each block times a factor. */
    float[] times(float[] steps, double factor) {
        float[] scaled = new float[steps.length];
        for (int block = 0; block < steps.length; block++) {
            scaled[block] = legal(factor * steps[block]);
        }
        return scaled;
    }

    /**
     * A scale that may be stored: float, between the output's bounds, positive and finite. A scale of 0, which a block
     * of zeros asks for, becomes the floor, or 1 where there is none.
     */
    float legal(double wanted) {
        float scale = (float) Math.min(ceiling, Math.max(wanted, floor));
        if (scale < floor) {
            scale = Math.nextUp(scale);
        }
        return scale == 0 ? wanted > 0 ? Float.MIN_VALUE : 1 : scale;
    }

    /** The block of a column. */
    int blockOf(int col) {
        return full.length == 1 ? 0 : blocks.of(col);
    }

    /** The scale of each column. */
    float[] perColumn(float[] steps) {
        float[] perColumn = new float[lowest.length];
        if (steps.length == 1) {
            Arrays.fill(perColumn, steps[0]);
            return perColumn;
        }
        for (int col = 0; col < perColumn.length; col++) {
            perColumn[col] = steps[blocks.of(col)];
        }
        return perColumn;
    }
}
