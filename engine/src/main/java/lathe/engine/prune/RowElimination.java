package lathe.engine.prune;

import lathe.engine.linalg.GramMatrix;
import lathe.engine.linalg.ShrinkingInverse;

/**
 * Removes the weights of one output one after another, each time the one that costs least, and adjusts the others:
 * Optimal Brain Compression, Frantar & Alistarh, arXiv 2208.11580, Algorithm 1, with its rule for N:M.
 *
 * <p>w weights, A inverse of H_SS: remove p of least w_p² / A_pp, then w -= w_p / A_pp A_p.
 */
final class RowElimination {

    private final double[] weights;
    private final int[] group;
    private final int[] removable;
    private final ShrinkingInverse inverse;
    private final double[] column;
    private double loss;

    /**
     * Starts with inputs that all remain.
     *
     * @param weights w, overwritten
     * @param inverse of the damped H
     * @param group the group that each input belongs to
     * @param removable how many weights each group may lose, overwritten
     */
    RowElimination(double[] weights, GramMatrix inverse, int[] group, int[] removable) {
        this.weights = weights;
        this.group = group;
        this.removable = removable;
        this.inverse = new ShrinkingInverse(inverse);
        this.column = new double[weights.length];
    }

    /** Removes a weight; returns its input, or -1 where no group can lose any more. O(inputs) and the inverse's step. */
    int removeNext() {
        int next = cheapest();
        if (next >= 0) {
            removable[group[next]]--;
            inverse.remove(next, column);
            double step = weights[next] / column[next];
            for (int i = 0; i < weights.length; i++) {
                weights[i] -= step * column[i];
            }
            weights[next] = 0;
        }
        return next;
    }

    private int cheapest() {
        int cheapest = -1;
        loss = Double.POSITIVE_INFINITY;
        for (int input = 0; input < weights.length; input++) {
            double pivot = inverse.diagonal(input);
            if (pivot > 0 && removable[group[input]] > 0) {
                double cost = weights[input] * weights[input] / pivot;
                if (cheapest < 0 || cost < loss) {
                    cheapest = input;
                    loss = cost;
                }
            }
        }
        return cheapest;
    }

    /** By how much the last removal raised the error. */
    double loss() {
        return loss;
    }

    /** The remaining weights: their least-squares fit. */
    double[] weights() {
        return weights.clone();
    }
}
