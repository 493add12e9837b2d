package lathe.engine.solve;

import java.util.Arrays;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;

/**
 * Some outputs of a layer with the best codes found for each so far. Inputs are reordered on the way in and put back on
 * the way out. Mutable, one thread.
 */
final class RowBlock {

    private final GramMatrix gram;
    private final int[] order;
    private final int from;
    private final int rows;
    private final int cols;
    private final double[] weights;
    private final double[] targets;
    private final double[] floors;
    private final double[] codes;
    private final float[] scales;
    private final float[] trials;
    private final double[] errors;

    /**
     * Takes outputs {@code from..to}.
     *
     * @param gram the problem's Gram matrix with its inputs in the given order
     * @param order which input of the problem stands at each place
     * @param startCodes codes to start from, of all the problem's outputs
     * @param startScales scales to start from, of all the problem's outputs
     */
    RowBlock(
            LayerProblem problem,
            GramMatrix gram,
            int[] order,
            int from,
            int to,
            byte[] startCodes,
            float[] startScales) {
        this.gram = gram;
        this.order = order;
        this.from = from;
        this.rows = to - from;
        this.cols = order.length;
        this.weights = new double[rows * cols];
        this.codes = new double[rows * cols];
        for (int row = 0; row < rows; row++) {
            for (int col = 0; col < cols; col++) {
                weights[row * cols + col] = problem.weights().at(from + row, order[col]);
                codes[row * cols + col] = startCodes[(from + row) * cols + order[col]];
            }
        }
        this.targets = gram.times(weights, rows);
        this.floors = Arrays.copyOfRange(problem.scaleFloor(), from, to);
        this.scales = Arrays.copyOfRange(startScales, from, to);
        this.trials = scales.clone();
        this.errors = energies(weights, codes, scales);
    }

    int rows() {
        return rows;
    }

    /** The weights of some rows, inputs reordered. */
    double[] weights(int[] chosen) {
        double[] copy = new double[chosen.length * cols];
        for (int k = 0; k < chosen.length; k++) {
            System.arraycopy(weights, chosen[k] * cols, copy, k * cols, cols);
        }
        return copy;
    }

    /** The scales to try next for some rows. */
    float[] trialScales(int[] chosen) {
        float[] copy = new float[chosen.length];
        for (int k = 0; k < chosen.length; k++) {
            copy[k] = trials[chosen[k]];
        }
        return copy;
    }

    /**
     * Fits the scale of each chosen row to its new codes and keeps both where they are better than what was there.
     *
     * @return the rows that got better
     */
    int[] refit(int[] chosen, double[] chosenWeights, double[] newCodes) {
        double[] own = gram.energies(newCodes, chosen.length);
        float[] fitted = new float[chosen.length];
        for (int k = 0; k < chosen.length; k++) {
            double cross = 0;
            for (int col = 0; col < cols; col++) {
                cross += targets[chosen[k] * cols + col] * newCodes[k * cols + col];
            }
            double wanted = cross > 0 && own[k] > 0 ? cross / own[k] : trials[chosen[k]];
            fitted[k] = Rounding.scale(wanted, floors[chosen[k]]);
        }
        double[] newErrors = energies(chosenWeights, newCodes, fitted);
        int kept = 0;
        int[] better = new int[chosen.length];
        for (int k = 0; k < chosen.length; k++) {
            int row = chosen[k];
            trials[row] = fitted[k];
            if (newErrors[k] < errors[row]) {
                errors[row] = newErrors[k];
                scales[row] = fitted[k];
                System.arraycopy(newCodes, k * cols, codes, row * cols, cols);
                better[kept++] = row;
            }
        }
        return Arrays.copyOf(better, kept);
    }

    /** With the products rounded to float, as whoever runs the network will compute them. */
    private double[] energies(double[] someWeights, double[] someCodes, float[] someScales) {
        double[] difference = new double[someWeights.length];
        for (int row = 0; row < someScales.length; row++) {
            for (int i = row * cols; i < (row + 1) * cols; i++) {
                difference[i] = someWeights[i] - someScales[row] * (float) someCodes[i];
            }
        }
        return gram.energies(difference, someScales.length);
    }

    /** Writes the best codes and scales to where the problem has these outputs. */
    void storeInto(byte[] allCodes, float[] allScales) {
        for (int row = 0; row < rows; row++) {
            allScales[from + row] = scales[row];
            for (int col = 0; col < cols; col++) {
                allCodes[(from + row) * cols + order[col]] = (byte) codes[row * cols + col];
            }
        }
    }
}
