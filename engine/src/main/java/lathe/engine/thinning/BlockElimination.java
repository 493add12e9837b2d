package lathe.engine.thinning;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
 * <p>What is left out so far is a Cholesky factorization of P that stopped on its way, pivoted by blocks: with P_BB = C Cᵀ, its
 * rows F_B = C⁻¹ P_B: are all that is kept of a step, P - FᵀF is the P of now, and W - W_B C⁻ᵀ F_B the weights. So copies share
 * P, and hold the weights, the blocks on the diagonal of the P of now, and F.
 *
 * <p>Needs 8 bytes for each entry of P, once for all copies, of W and of F. The k-th block of b of K inputs takes
 * O(k b² K + rows K b), the cost of leaving it out O(rows b²). Not thread-safe; copies are independent.
 */
final class BlockElimination {

    private final WeightMatrix original;
    private final GramMatrix inverse; // P of all inputs
    private final Map<Integer, int[]> blocks; // inputs, by number
    private final double[] weights; // rows x inputs, as they are now; empty if P is diagonal: then they never change
    private final Map<Integer, double[]> diagonal; // P_BB of now, b x b, of blocks that are there
    private final List<double[]> factor; // F
    private final boolean[] gone; // by input
    private final Map<Integer, Double> losses = new HashMap<>(); // of now, those that were asked for

    private BlockElimination(
            WeightMatrix original,
            GramMatrix inverse,
            Map<Integer, int[]> blocks,
            double[] weights,
            Map<Integer, double[]> diagonal,
            List<double[]> factor,
            boolean[] gone) {
        this.original = original;
        this.inverse = inverse;
        this.blocks = blocks;
        this.weights = weights;
        this.diagonal = diagonal;
        this.factor = factor;
        this.gone = gone;
    }

    /**
     * A layer with all its inputs.
     *
     * @param weights rows x inputs
     * @param moments H, positive definite
     * @param blocks inputs that may be left out together, by a number; no input twice
     */
    static BlockElimination of(WeightMatrix weights, GramMatrix moments, Map<Integer, int[]> blocks) {
        GramMatrix inverse = moments.inverse()
                .orElseThrow(() -> new IllegalArgumentException("second moments that are not positive definite"));
        Map<Integer, double[]> diagonal = new HashMap<>();
        blocks.forEach((block, inputs) -> {
            double[] entries = new double[inputs.length * inputs.length];
            Arrays.setAll(entries, i -> inverse.at(inputs[i / inputs.length], inputs[i % inputs.length]));
            diagonal.put(block, entries);
        });
        return new BlockElimination(
                weights,
                inverse,
                blocks,
                inverse.isDiagonal() ? new double[0] : weights.rows(0, weights.rows()),
                diagonal,
                new ArrayList<>(),
                new boolean[weights.cols()]);
    }

    /** The same state, to try changes on. */
    BlockElimination copy() {
        Map<Integer, double[]> diagonalOfNow = new HashMap<>();
        diagonal.forEach((block, entries) -> diagonalOfNow.put(block, entries.clone()));
        return new BlockElimination(
                original, inverse, blocks, weights.clone(), diagonalOfNow, new ArrayList<>(factor), gone.clone());
    }

    /** A weight as it is now. */
    double weight(int row, int col) {
        if (gone[col]) {
            return 0;
        }
        return weights.length == 0 ? original.at(row, col) : weights[row * gone.length + col];
    }

    /** What it costs to leave out a block; 0 where it is not there. */
    double loss(int block) {
        return losses.computeIfAbsent(
                block,
                asked -> diagonal.containsKey(asked)
                        ? Arrays.stream(solved(asked)).map(part -> part * part).sum()
                        : 0);
    }

    /** Leaves out a block, if it is there. */
    void eliminate(int block) {
        if (!diagonal.containsKey(block)) {
            return;
        }
        if (weights.length > 0) {
            double[] solved = solved(block);
            double[][] added = factorRows(block);
            subtract(solved, added);
            diagonal.forEach((other, entries) -> subtractSquare(entries, blocks.get(other), added));
            factor.addAll(List.of(added));
            losses.clear();
        }
        losses.put(block, 0.0);
        diagonal.remove(block);
        for (int input : blocks.get(block)) {
            gone[input] = true;
        }
    }

    /** F_B = C⁻¹ P_B: of now, b x inputs; 0 for inputs that are gone. */
    private double[][] factorRows(int block) {
        int[] inputs = blocks.get(block);
        double[][] added = new double[inputs.length][gone.length];
        for (int i = 0; i < inputs.length; i++) {
            inverse.rowInto(inputs[i], added[i]);
            for (double[] before : factor) {
                subtract(added[i], before[inputs[i]], before);
            }
        }
        double[] root = root(block);
        for (int i = 0; i < inputs.length; i++) {
            for (int k = 0; k < i; k++) {
                subtract(added[i], root[i * inputs.length + k], added[k]);
            }
            for (int col = 0; col < gone.length; col++) {
                added[i][col] = gone[col] ? 0 : added[i][col] / root[i * inputs.length + i];
            }
        }
        return added;
    }

    private static void subtract(double[] target, double times, double[] row) {
        for (int i = 0; i < target.length; i++) {
            target[i] -= times * row[i];
        }
    }

    /** W ← W - (W_B C⁻ᵀ) F_B. */
    private void subtract(double[] solved, double[][] added) {
        for (int row = 0; row < original.rows(); row++) {
            int start = row * gone.length;
            for (int i = 0; i < added.length; i++) {
                double times = solved[row * added.length + i];
                for (int col = 0; col < gone.length; col++) {
                    weights[start + col] -= times * added[i][col];
                }
            }
        }
    }

    /** P_JJ ← P_JJ - F_BJᵀ F_BJ for the inputs J. */
    private static void subtractSquare(double[] entries, int[] inputs, double[][] added) {
        for (int i = 0; i < inputs.length; i++) {
            for (int j = 0; j < inputs.length; j++) {
                double sum = 0;
                for (double[] row : added) {
                    sum += row[inputs[i]] * row[inputs[j]];
                }
                entries[i * inputs.length + j] -= sum;
            }
        }
    }

    /** W_B C⁻ᵀ, rows x b: its squares add up to the loss. */
    private double[] solved(int block) {
        int[] inputs = blocks.get(block);
        int size = inputs.length;
        double[] root = root(block);
        double[] solved = new double[original.rows() * size];
        for (int row = 0; row < original.rows(); row++) {
            for (int i = 0; i < size; i++) {
                double sum = weight(row, inputs[i]);
                for (int k = 0; k < i; k++) {
                    sum -= root[i * size + k] * solved[row * size + k];
                }
                solved[row * size + i] = sum / root[i * size + i];
            }
        }
        return solved;
    }

    /** C, the lower Cholesky factor of P_BB, b x b. */
    private double[] root(int block) {
        int size = blocks.get(block).length;
        double[] root = diagonal.get(block).clone();
        for (int i = 0; i < size; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = root[i * size + j];
                for (int k = 0; k < j; k++) {
                    sum -= root[i * size + k] * root[j * size + k];
                }
                root[i * size + j] = i == j ? Math.sqrt(Math.max(sum, Double.MIN_NORMAL)) : sum / root[j * size + j];
            }
        }
        return root;
    }
}
