package lathe.engine.thinning;

import java.util.Arrays;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;

/**
 * Least squares without some of the inputs, a block of them at a time: the Optimal Brain Surgeon (Hassibi and Stork, NIPS 1992)
 * for a layer, whose Hessian is the second moment H of its inputs, with blocks of weights, as the taps of a channel, in place of
 * single ones (Guerra et al., arXiv 2001.05012, Kurtic et al., arXiv 2203.07259). With P = H⁻¹, leaving out the inputs B costs
 *
 * <p>L(B) = tr(W_B (P_BB)⁻¹ W_Bᵀ),  and leaves  W ← W - W_B (P_BB)⁻¹ P_B:,  P ← P - P_:B (P_BB)⁻¹ P_B:
 *
 * <p>Costs of blocks that are left out one after the other add up, and the weights are at any time those of least error, min
 * tr((Ŵ - W) H (Ŵ - W)ᵀ): W_S + W_R H_RS H_SS⁻¹ of the original weights, for the inputs S that are left and R that are not.
 *
 * <p>Needs 8 bytes for each entry of P and W. A block of b of K inputs takes O(K² b + rows K b). Not thread-safe.
 */
final class BlockElimination {

    private final int rows;
    private final int cols;
    private final double[] weights; // rows x cols
    private final double[] inverse; // P, cols x cols

    private BlockElimination(int rows, int cols, double[] weights, double[] inverse) {
        this.rows = rows;
        this.cols = cols;
        this.weights = weights;
        this.inverse = inverse;
    }

    /**
     * A layer with all its inputs.
     *
     * @param weights rows x inputs
     * @param moments H, positive definite
     */
    static BlockElimination of(WeightMatrix weights, GramMatrix moments) {
        int cols = weights.cols();
        double[] values = weights.rows(0, weights.rows());
        GramMatrix inverse = moments.inverse()
                .orElseThrow(() -> new IllegalArgumentException("second moments that are not positive definite"));
        double[] entries = new double[cols * cols];
        double[] row = new double[cols];
        for (int i = 0; i < cols; i++) {
            inverse.rowInto(i, row);
            System.arraycopy(row, 0, entries, i * cols, cols);
        }
        return new BlockElimination(weights.rows(), cols, values, entries);
    }

    /** The same state, to try changes on. */
    BlockElimination copy() {
        return new BlockElimination(rows, cols, weights.clone(), inverse.clone());
    }

    /** A weight as it is now. */
    double weight(int row, int col) {
        return weights[row * cols + col];
    }

    /** What it costs to leave out inputs that are still there. */
    double loss(int[] block) {
        double[] solved = solved(block);
        double loss = 0;
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < block.length; i++) {
                loss += solved[row * block.length + i] * weight(row, block[i]);
            }
        }
        return loss;
    }

    /** Leaves out inputs. */
    void eliminate(int[] block) {
        double[] solved = solved(block);
        double[][] across = new double[block.length][]; // P_B:
        for (int i = 0; i < block.length; i++) {
            across[i] = Arrays.copyOfRange(inverse, block[i] * cols, (block[i] + 1) * cols);
        }
        subtract(weights, rows, solved, across);
        double[] factors = new double[cols * block.length]; // P_:B (P_BB)⁻¹
        double[][] factor = factored(block);
        double[] right = new double[block.length];
        for (int col = 0; col < cols; col++) {
            for (int i = 0; i < block.length; i++) {
                right[i] = across[i][col];
            }
            solve(factor, right);
            System.arraycopy(right, 0, factors, col * block.length, block.length);
        }
        subtract(inverse, cols, factors, across);
        for (int i : block) {
            for (int row = 0; row < rows; row++) {
                weights[row * cols + i] = 0;
            }
            for (int j = 0; j < cols; j++) {
                inverse[i * cols + j] = 0;
                inverse[j * cols + i] = 0;
            }
            inverse[i * cols + i] = 1; // regular, should the input be asked for again: it has no weights
        }
    }

    /** target -= factors * across, where factors has a row of {@code across.length} for each row of the target. */
    private void subtract(double[] target, int count, double[] factors, double[][] across) {
        for (int row = 0; row < count; row++) {
            for (int i = 0; i < across.length; i++) {
                double factor = factors[row * across.length + i];
                if (factor != 0) {
                    double[] from = across[i];
                    int start = row * cols;
                    for (int col = 0; col < cols; col++) {
                        target[start + col] -= factor * from[col];
                    }
                }
            }
        }
    }

    /** W_B (P_BB)⁻¹, rows x block. */
    private double[] solved(int[] block) {
        double[][] factor = factored(block);
        double[] solved = new double[rows * block.length];
        double[] right = new double[block.length];
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < block.length; i++) {
                right[i] = weight(row, block[i]);
            }
            solve(factor, right);
            System.arraycopy(right, 0, solved, row * block.length, block.length);
        }
        return solved;
    }

    /** The lower Cholesky factor of P_BB. */
    private double[][] factored(int[] block) {
        double[][] lower = new double[block.length][block.length];
        for (int i = 0; i < block.length; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = inverse[block[i] * cols + block[j]];
                for (int k = 0; k < j; k++) {
                    sum -= lower[i][k] * lower[j][k];
                }
                lower[i][j] = i == j ? Math.sqrt(Math.max(sum, Double.MIN_NORMAL)) : sum / lower[j][j];
            }
        }
        return lower;
    }

    private static void solve(double[][] lower, double[] right) {
        int order = right.length;
        for (int i = 0; i < order; i++) {
            for (int k = 0; k < i; k++) {
                right[i] -= lower[i][k] * right[k];
            }
            right[i] /= lower[i][i];
        }
        for (int i = order - 1; i >= 0; i--) {
            for (int k = i + 1; k < order; k++) {
                right[i] -= lower[k][i] * right[k];
            }
            right[i] /= lower[i][i];
        }
    }
}
