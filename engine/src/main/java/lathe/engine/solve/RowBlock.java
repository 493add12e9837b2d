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
    private final double[] weights;
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
        this.weights = problem.weights().rows(from, to);
        this.floors = Arrays.copyOfRange(problem.scaleFloor(), from, to);
        this.fullScales = new double[rows];
        this.codes = new byte[rows * cols];
        for (int i = 0; i < weights.length; i++) {
            double needed = Math.abs(weights[i]) / grid.largestMagnitude();
            fullScales[i / cols] = Math.max(fullScales[i / cols], needed);
        }
        this.scales = scales(1);
        this.errors = new double[rows];
        Arrays.fill(errors, Double.POSITIVE_INFINITY);
        for (int i = 0; i < weights.length; i++) {
            codes[i] = (byte) grid.nearest(weights[i] / scales[i / cols]);
        }
    }

    QuantGrid grid() {
        return grid;
    }

    int rows() {
        return rows;
    }

    /** rows x inputs, row after row; not to be changed. */
    double[] weights() {
        return weights;
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

    /** The codes nearest to the weights of the chosen outputs, chosen x inputs, given one scale a chosen output. */
    double[] nearestCodes(int[] chosen, float[] givenScales) {
        double[] nearest = new double[chosen.length * cols];
        for (int k = 0; k < chosen.length; k++) {
            double scale = givenScales[k];
            int start = chosen[k] * cols;
            for (int col = 0; col < cols; col++) {
                nearest[k * cols + col] = grid.rounded(weights[start + col] / scale);
            }
        }
        return nearest;
    }

    /** W - Ŵ for these codes, chosen x inputs. */
    double[] nearestDifferences(int[] chosen, float[] givenScales) {
        double[] differences = new double[chosen.length * cols];
        for (int k = 0; k < chosen.length; k++) {
            double scale = givenScales[k];
            int start = chosen[k] * cols;
            for (int col = 0; col < cols; col++) {
                double weight = weights[start + col];
                differences[k * cols + col] = weight - givenScales[k] * (float) grid.rounded(weight / scale);
            }
        }
        return differences;
    }

    /** The least error found for an output: (w - ŵ) H (w - ŵ)ᵀ, positive infinity before the first offer. */
    double error(int row) {
        return errors[row];
    }

    /**
     * Keeps the codes and scales of those outputs that they bring a lower error.
     *
     * @param chosen the outputs
     * @param newCodes chosen x inputs, row after row
     * @param newScales one a chosen output
     * @return the outputs that got better
     */
    int[] offer(int[] chosen, double[] newCodes, float[] newScales) {
        double[] newErrors = gram.energies(differences(chosen, newCodes, newScales), chosen.length);
        int[] better = new int[chosen.length];
        int count = 0;
        for (int k = 0; k < chosen.length; k++) {
            int row = chosen[k];
            if (newErrors[k] < errors[row]) {
                better[count++] = row;
                errors[row] = newErrors[k];
                scales[row] = newScales[k];
                for (int col = 0; col < cols; col++) {
                    codes[row * cols + col] = (byte) newCodes[k * cols + col];
                }
            }
        }
        return Arrays.copyOf(better, count);
    }

    /**
     * The scale of least error for given codes, s = (w H qᵀ) / (q H qᵀ), as a step from the scales they were found
     * with: s + ((w - s q) H qᵀ) / (q H qᵀ).
     */
    float[] fittedScales(int[] chosen, double[] newCodes, float[] newScales) {
        double[] product = gram.times(newCodes, chosen.length);
        double[] difference = differences(chosen, newCodes, newScales);
        float[] fitted = new float[chosen.length];
        for (int k = 0; k < chosen.length; k++) {
            double cross = 0;
            double own = 0;
            for (int i = k * cols; i < (k + 1) * cols; i++) {
                cross += difference[i] * product[i];
                own += newCodes[i] * product[i];
            }
            double wanted = newScales[k] + cross / own;
            fitted[k] = own > 0 && wanted > 0 ? scale(chosen[k], wanted) : newScales[k];
        }
        return fitted;
    }

    /** W - Ŵ with the products rounded to float, as whoever runs the network computes them; chosen x inputs. */
    private double[] differences(int[] chosen, double[] newCodes, float[] newScales) {
        double[] differences = new double[newCodes.length];
        for (int k = 0; k < chosen.length; k++) {
            int start = chosen[k] * cols;
            for (int col = 0; col < cols; col++) {
                differences[k * cols + col] = weights[start + col] - newScales[k] * (float) newCodes[k * cols + col];
            }
        }
        return differences;
    }

    /** Writes the best codes and scales to where the layer has these outputs. */
    void copyInto(byte[] allCodes, float[] allScales) {
        System.arraycopy(codes, 0, allCodes, from * cols, codes.length);
        System.arraycopy(scales, 0, allScales, from, rows);
    }
}
