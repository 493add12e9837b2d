package lathe.engine.solve;

import java.util.Arrays;
import lathe.engine.grid.QuantGrid;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;

/** Some outputs of a layer, with the best codes and scale found for each so far. Mutable, for one thread. */
final class RowBlock {

    private final QuantGrid grid;
    private final GramMatrix gram;
    private final int from;
    private final int rows;
    private final int cols;
    private final float[][] weights;
    private final double[] floors;
    private final double[] fullScales;
    private final byte[] codes;
    private final float[] scales;
    private final double[] errors;

    /** Outputs {@code from} up to, not including, {@code to}, rounded to nearest with the scales of fraction 1. */
    RowBlock(QuantGrid grid, LayerProblem problem, int from, int to) {
        this.grid = grid;
        this.gram = problem.gram();
        this.from = from;
        this.rows = to - from;
        this.cols = problem.weights().cols();
        this.weights = new float[rows][];
        this.floors = Arrays.copyOfRange(problem.scaleFloor(), from, to);
        this.fullScales = new double[rows];
        this.codes = new byte[rows * cols];
        for (int row = 0; row < rows; row++) {
            weights[row] = problem.weights().floatRow(from + row);
            for (float weight : weights[row]) {
                fullScales[row] = Math.max(fullScales[row], Math.abs((double) weight) / grid.largestMagnitude());
            }
        }
        this.scales = scales(1);
        this.errors = new double[rows];
        Arrays.fill(errors, Double.POSITIVE_INFINITY);
        for (int row = 0; row < rows; row++) {
            store(nearestCodes(weights[row], scales[row]), row);
        }
    }

    QuantGrid grid() {
        return grid;
    }

    int rows() {
        return rows;
    }

    /** The weights of one output; not to be changed. */
    float[] weights(int row) {
        return weights[row];
    }

    /** For each output the given fraction of the scale that just holds its largest weight. */
    float[] scales(double fraction) {
        float[] chosen = new float[rows];
        for (int row = 0; row < rows; row++) {
            chosen[row] = scaleOf(row, fraction);
        }
        return chosen;
    }

    /** The given fraction of the scale that just holds the output's largest weight. */
    float scaleOf(int row, double fraction) {
        return scale(row, fraction * fullScales[row]);
    }

    /** The best scales found for the chosen outputs. */
    float[] scalesOf(int[] chosen) {
        float[] found = new float[chosen.length];
        for (int k = 0; k < chosen.length; k++) {
            found[k] = scales[chosen[k]];
        }
        return found;
    }

    /**
     * A scale that may be stored: float, at least the output's floor, positive and finite. A scale of 0, which an
     * output of zeros asks for, becomes the floor, or 1 where there is none.
     */
    float scale(int row, double wanted) {
        float scale = (float) Math.min(Float.MAX_VALUE, Math.max(wanted, floors[row]));
        if (scale < floors[row]) {
            scale = Math.nextUp(scale);
        }
        return scale == 0 ? wanted > 0 ? Float.MIN_VALUE : 1 : scale;
    }

    /** Nearest codes for the chosen outputs, given one scale a chosen output. */
    float[][] nearestCodes(int[] chosen, float[] givenScales) {
        float[][] nearest = new float[chosen.length][];
        for (int k = 0; k < chosen.length; k++) {
            nearest[k] = nearestCodes(weights[chosen[k]], givenScales[k]);
        }
        return nearest;
    }

    private float[] nearestCodes(float[] exact, float scale) {
        float[] nearest = new float[exact.length];
        for (int col = 0; col < exact.length; col++) {
            nearest[col] = grid.rounded(exact[col] / scale);
        }
        return nearest;
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
     * @param newScales one a chosen output
     * @return the outputs that got better
     */
    int[] offer(int[] chosen, float[][] newCodes, float[] newScales) {
        double[] newErrors = gram.energies(differences(chosen, newCodes, newScales), chosen.length);
        int[] better = new int[chosen.length];
        int count = 0;
        for (int k = 0; k < chosen.length; k++) {
            int row = chosen[k];
            if (newErrors[k] < errors[row]) {
                better[count++] = row;
                errors[row] = newErrors[k];
                scales[row] = newScales[k];
                store(newCodes[k], row);
            }
        }
        return Arrays.copyOf(better, count);
    }

    private void store(float[] newCodes, int row) {
        for (int col = 0; col < cols; col++) {
            codes[row * cols + col] = (byte) newCodes[col];
        }
    }

    /**
     * The scale of least error for given codes, s = (w H qᵀ) / (q H qᵀ), as a step from the scales they were found
     * with: s + ((w - s q) H qᵀ) / (q H qᵀ).
     */
    float[] fittedScales(int[] chosen, float[][] newCodes, float[] newScales) {
        double[] exactCodes = new double[chosen.length * cols];
        for (int k = 0; k < chosen.length; k++) {
            widen(newCodes[k], exactCodes, k * cols);
        }
        double[] product = gram.times(exactCodes, chosen.length);
        double[] difference = differences(chosen, newCodes, newScales);
        float[] fitted = new float[chosen.length];
        for (int k = 0; k < chosen.length; k++) {
            double cross = 0;
            double own = 0;
            for (int i = k * cols; i < (k + 1) * cols; i++) {
                cross += difference[i] * product[i];
                own += exactCodes[i] * product[i];
            }
            double wanted = newScales[k] + cross / own;
            fitted[k] = own > 0 && wanted > 0 ? scale(chosen[k], wanted) : newScales[k];
        }
        return fitted;
    }

    /**
     * W - Ŵ, chosen x inputs, row after row. Ŵ is rounded to float, as whoever runs the network computes it; the
     * subtraction in float is then exact for all weights that were not clipped.
     */
    double[] differences(int[] chosen, float[][] newCodes, float[] newScales) {
        double[] differences = new double[chosen.length * cols];
        float[] difference = new float[cols];
        for (int k = 0; k < chosen.length; k++) {
            subtractInto(weights[chosen[k]], newScales[k], newCodes[k], difference);
            widen(difference, differences, k * cols);
        }
        return differences;
    }

    private static void subtractInto(float[] exact, float scale, float[] codes, float[] difference) {
        for (int i = 0; i < difference.length; i++) {
            difference[i] = exact[i] - scale * codes[i];
        }
    }

    private static void widen(float[] from, double[] to, int start) {
        for (int i = 0; i < from.length; i++) {
            to[start + i] = from[i];
        }
    }

    /** Writes the best codes and scales to where the layer has these outputs. */
    void copyInto(byte[] allCodes, float[] allScales) {
        System.arraycopy(codes, 0, allCodes, from * cols, codes.length);
        System.arraycopy(scales, 0, allScales, from, rows);
    }
}
