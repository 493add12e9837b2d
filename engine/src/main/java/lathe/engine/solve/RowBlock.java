package lathe.engine.solve;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import lathe.engine.grid.Blocks;
import lathe.engine.grid.Levels;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;

/**
 * Some outputs of a layer, with the best codes and scales found for each so far. Codes are held as their levels without
 * the zero point, so that a weight is always scale times code. Mutable, for one thread.
 */
final class RowBlock {

    /** Scales down to this share of the first one have few pairs of codes to check. */
    private static final float LEAST_CHECKED = 0.7f;

    private final GramMatrix gram;
    private final int from;
    private final int rows;
    private final int cols;
    private final boolean uniform;
    private final Levels levels;
    private final CodePairs pairs;
    private final double[] importance; // of each input's error
    private final float[][] weights;
    private final ScaleRange[] ranges;
    private final CodePairs.Suspects[] suspects;
    private final float[][] codes;
    private final float[][] scales; // outputs x blocks
    private final double[] errors;

    /**
     * Outputs {@code from} up to, not including, {@code to}, rounded to nearest with the scales of fraction 1.
     *
     * @param shared the scale of the whole layer, where it has just one
     * @param zeroPoints how they are rounded to whole numbers, where each output has its own
     * @throws IllegalArgumentException if zeros have to stay and the format has no level of 0
     */
    RowBlock(
            WeightFormat format,
            LayerProblem problem,
            Optional<CoveringScale> shared,
            DoubleUnaryOperator zeroPoints,
            int from,
            int to) {
        this.gram = problem.gram();
        this.from = from;
        this.rows = to - from;
        this.cols = problem.weights().cols();
        this.weights = new float[rows][];
        this.ranges = new ScaleRange[rows];
        this.suspects = new CodePairs.Suspects[rows];
        this.codes = new float[rows][];
        this.scales = new float[rows][];
        this.errors = new double[rows];
        Arrays.fill(errors, Double.POSITIVE_INFINITY);
        Blocks blocks = format.blocks(cols, problem.taps());
        boolean keepsZeros = problem.keepsZeros();
        if (keepsZeros && !format.hasZero()) {
            throw new IllegalArgumentException("layer '%s': zeros have to stay, and %s has no level of 0"
                    .formatted(problem.layer(), format.name()));
        }
        this.levels = format.levels();
        this.pairs = CodePairs.of(format, problem.pairs());
        this.importance = gram.diagonal();
        this.uniform = blocks.isOne() && !keepsZeros;
        for (int row = 0; row < rows; row++) {
            weights[row] = problem.weights().floatRow(from + row);
            double floor = problem.scaleFloor()[from + row];
            ranges[row] = shared.isPresent()
                    ? ScaleRange.shared(format, blocks, weights[row], shared.get(), keepsZeros, pairs)
                    : ScaleRange.of(format, blocks, weights[row], floor, keepsZeros, pairs, zeroPoints);
            scales[row] = ranges[row].scales(1);
            suspects[row] = pairs.suspects(weights[row], LEAST_CHECKED * smallest(scales[row]));
            codes[row] = nearestCodes(row, scales[row]);
        }
    }

    int rows() {
        return rows;
    }

    /** Inputs. */
    int cols() {
        return cols;
    }

    /** True if all weights of an output have the same scale and the same codes to choose from. */
    boolean isUniform() {
        return uniform;
    }

    /** The levels that codes may have. */
    Levels levels() {
        return levels;
    }

    /** Which codes of an output depend on each other. */
    CodePairs pairs() {
        return pairs;
    }

    /** The weights of one output; not to be changed. */
    float[] weights(int row) {
        return weights[row];
    }

    /** The weights of all outputs, row after row. */
    double[] exactWeights() {
        double[] exact = new double[rows * cols];
        for (int row = 0; row < rows; row++) {
            widen(weights[row], exact, row * cols);
        }
        return exact;
    }

    /** What one output's scales may be. */
    ScaleRange range(int row) {
        return ranges[row];
    }

    /** The best scales found for an output, one per block; not to be changed. */
    float[] scales(int row) {
        return scales[row];
    }

    /** For each output the given fraction of the scales that just hold its largest weights. */
    float[][] fractions(double fraction) {
        float[][] chosen = new float[rows][];
        for (int row = 0; row < rows; row++) {
            chosen[row] = ranges[row].scales(fraction);
        }
        return chosen;
    }

    /** The best scales found for the chosen outputs. */
    float[][] scalesOf(int[] chosen) {
        float[][] found = new float[chosen.length][];
        for (int k = 0; k < chosen.length; k++) {
            found[k] = scales[chosen[k]];
        }
        return found;
    }

    /** Copies of the best codes found for the chosen outputs. */
    float[][] codesOf(int[] chosen) {
        float[][] found = new float[chosen.length][];
        for (int k = 0; k < chosen.length; k++) {
            found[k] = codes[chosen[k]].clone();
        }
        return found;
    }

    /** Nearest codes for the chosen outputs, given their scales. */
    float[][] nearestCodes(int[] chosen, float[][] givenScales) {
        float[][] nearest = new float[chosen.length][];
        for (int k = 0; k < chosen.length; k++) {
            nearest[k] = nearestCodes(chosen[k], givenScales[k]);
        }
        return nearest;
    }

    private float[] nearestCodes(int row, float[] givenScales) {
        return nearestCodes(row, givenScales, ranges[row].perColumn(givenScales));
    }

    private float[] nearestCodes(int row, float[] givenScales, float[] perColumn) {
        float[] exact = weights[row];
        float[] nearest = new float[cols];
        levels.nearest(exact, perColumn, ranges[row].lowest(), ranges[row].highest(), nearest);
        if (!pairs.areFree()) {
            pairs.settle(nearest, exact, perColumn, importance, suspects[row], smallest(givenScales));
        }
        return nearest;
    }

    private static float smallest(float[] numbers) {
        float smallest = Float.POSITIVE_INFINITY;
        for (float number : numbers) {
            smallest = Math.min(smallest, number);
        }
        return smallest;
    }

    /**
     * W - Ŵ for the nearest codes of the chosen outputs, given their scales.
     *
     * @param into chosen x inputs, row after row, or longer: one array for many candidates, since a new one costs as much
     *     as rounding
     */
    void nearestDifferences(int[] chosen, float[][] givenScales, double[] into) {
        for (int k = 0; k < chosen.length; k++) {
            float[] perColumn = ranges[chosen[k]].perColumn(givenScales[k]);
            subtractInto(weights[chosen[k]], nearestCodes(chosen[k], givenScales[k], perColumn), perColumn);
            widen(perColumn, into, k * cols);
        }
    }

    /** The least error found for an output: (w - ŵ) H (w - ŵ)ᵀ, positive infinity before the first offer. */
    double error(int row) {
        return errors[row];
    }

    /**
     * Keeps the codes and scales of those outputs that they bring a lower error.
     *
     * @param chosen the outputs
     * @param newCodes chosen x inputs
     * @param newScales chosen x blocks
     * @return the outputs that got better
     */
    int[] offer(int[] chosen, float[][] newCodes, float[][] newScales) {
        double[] newErrors = gram.energies(differences(chosen, newCodes, newScales), chosen.length);
        int[] better = new int[chosen.length];
        int count = 0;
        for (int k = 0; k < chosen.length; k++) {
            int row = chosen[k];
            if (newErrors[k] < errors[row]) {
                better[count++] = row;
                errors[row] = newErrors[k];
                scales[row] = newScales[k].clone();
                codes[row] = newCodes[k].clone();
            }
        }
        return Arrays.copyOf(better, count);
    }

    /**
     * The scales times the factor of least error for given codes, t = (w H ŵᵀ) / (ŵ H ŵᵀ), as a change from 1:
     * t = 1 + ((w - ŵ) H ŵᵀ) / (ŵ H ŵᵀ).
     */
    float[][] fittedScales(int[] chosen, float[][] newCodes, float[][] newScales) {
        double[] rounded = rounded(chosen, newCodes, newScales);
        double[] product = gram.times(rounded, chosen.length);
        double[] difference = differences(chosen, newCodes, newScales);
        float[][] fitted = new float[chosen.length][];
        for (int k = 0; k < chosen.length; k++) {
            double cross = 0;
            double own = 0;
            for (int i = k * cols; i < (k + 1) * cols; i++) {
                cross += difference[i] * product[i];
                own += rounded[i] * product[i];
            }
            double factor = 1 + cross / own;
            fitted[k] = own > 0 && factor > 0 ? ranges[chosen[k]].times(newScales[k], factor) : newScales[k];
        }
        return fitted;
    }

    /** Takes over the outputs that another block, of the same outputs, has lower errors for. */
    void keepBetter(RowBlock other) {
        for (int row = 0; row < rows; row++) {
            if (other.errors[row] < errors[row]) {
                errors[row] = other.errors[row];
                ranges[row] = other.ranges[row];
                scales[row] = other.scales[row];
                codes[row] = other.codes[row];
            }
        }
    }

    private double[] rounded(int[] chosen, float[][] newCodes, float[][] newScales) {
        double[] rounded = new double[chosen.length * cols];
        for (int k = 0; k < chosen.length; k++) {
            float[] perColumn = ranges[chosen[k]].perColumn(newScales[k]);
            for (int col = 0; col < cols; col++) {
                rounded[k * cols + col] = perColumn[col] * newCodes[k][col];
            }
        }
        return rounded;
    }

    /**
     * W - Ŵ, chosen x inputs, row after row. Ŵ is rounded to float, as whoever runs the network computes it; the
     * subtraction in float is then exact for all weights that were not clipped.
     */
    double[] differences(int[] chosen, float[][] newCodes, float[][] newScales) {
        double[] differences = new double[chosen.length * cols];
        for (int k = 0; k < chosen.length; k++) {
            float[] difference = ranges[chosen[k]].perColumn(newScales[k]);
            subtractInto(weights[chosen[k]], newCodes[k], difference);
            widen(difference, differences, k * cols);
        }
        return differences;
    }

    /** Takes from the exact weights scale times code; the scales become the differences. */
    private static void subtractInto(float[] exact, float[] codes, float[] scales) {
        for (int i = 0; i < scales.length; i++) {
            scales[i] = exact[i] - scales[i] * codes[i];
        }
    }

    /** W - Ŵ for the best codes found so far. */
    double[] currentDifferences() {
        int[] all = new int[rows];
        Arrays.setAll(all, row -> row);
        return differences(all, codes, scales);
    }

    private static void widen(float[] from, double[] to, int start) {
        for (int i = 0; i < from.length; i++) {
            to[start + i] = from[i];
        }
    }

    /** Writes the best codes, scales and zero points to where the layer has these outputs. */
    void copyInto(short[] allCodes, float[] allScales, byte[] allZeroPoints, Blocks blocks) {
        for (int row = 0; row < rows; row++) {
            int[] zeroPoints = ranges[row].zeroPoints();
            int firstBlock = (from + row) * blocks.count();
            for (int block = 0; block < zeroPoints.length; block++) {
                allScales[firstBlock + block] = scales[row][block];
                allZeroPoints[firstBlock + block] = (byte) zeroPoints[block];
            }
            for (int col = 0; col < cols; col++) {
                allCodes[(from + row) * cols + col] = levels.code(codes[row][col] + zeroPoints[blocks.of(col)]);
            }
        }
    }
}
