package lathe.engine.solve;

import java.util.Optional;
import lathe.engine.grid.Levels;
import lathe.engine.linalg.CholeskyFactor;
import lathe.engine.linalg.GramMatrix;

/**
 * Integer least squares by sphere decoding: with H = R Rᵀ and R upper, (w - ŵ) H (w - ŵ)ᵀ is a sum of squares of which
 * number j depends on codes 0 to j alone, so codes are tried one after the other, nearest first (Schnorr and Euchner,
 * Math. Programming 66, 1994), and a branch is cut where its sum passes the best found. Exact, up to a limit on the
 * nodes visited, after which the best found so far is the answer. For one thread.
 */
final class SphereDecoder {

    /** Nodes visited for one output and scale; far beyond what 9 inputs need. */
    private static final int MOST_NODES = 20_000;

    private final Levels levels;
    private final CholeskyFactor factor;
    private final int[] order;
    private final int[] places; // of each input in that order
    private final int inputs;
    private final double[] errors; // w_j - ŵ_j of the codes on the current branch
    private final float[] codes;
    private final float[] best;

    /**
     * A decoder for outputs that share H.
     *
     * @param levels that codes may have
     * @param factor of H with its inputs in this order
     */
    SphereDecoder(Levels levels, CholeskyFactor factor, int[] order) {
        this.levels = levels;
        this.factor = factor;
        this.order = order;
        this.inputs = order.length;
        this.places = new int[inputs];
        for (int place = 0; place < inputs; place++) {
            places[order[place]] = place;
        }
        this.errors = new double[inputs];
        this.codes = new float[inputs];
        this.best = new float[inputs];
    }

    /**
     * The order that cuts branches early: decreasing conditional variance (V-BLAST ordering). O(inputs⁴), for few
     * inputs.
     */
    static int[] order(GramMatrix gram) {
        int n = gram.order();
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            order[i] = i;
        }
        for (int place = 0; place < n; place++) {
            int chosen = place;
            double largest = -1;
            for (int candidate = place; candidate < n; candidate++) {
                swap(order, place, candidate);
                double pivot = conditionalDeviation(gram, order, place);
                swap(order, place, candidate);
                if (pivot > largest) {
                    largest = pivot;
                    chosen = candidate;
                }
            }
            swap(order, place, chosen);
        }
        return order;
    }

    /** The conditional standard deviation of the input at a place, given the later inputs. */
    private static double conditionalDeviation(GramMatrix gram, int[] order, int place) {
        int n = order.length - place;
        double[] left = new double[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                left[i * n + j] = gram.at(order[place + i], order[place + j]);
            }
        }
        int[] same = new int[n];
        for (int i = 0; i < n; i++) {
            same[i] = i;
        }
        return GramMatrix.of(n, left)
                .cholesky(same)
                .map(found -> found.pivot(0))
                .orElse(0.0);
    }

    private static void swap(int[] values, int i, int j) {
        int value = values[i];
        values[i] = values[j];
        values[j] = value;
    }

    /**
     * The codes of least error.
     *
     * @param weights of the output
     * @param scales of each column
     * @param lowest least code of each column
     * @param highest largest code of each column
     * @param pairs of codes
     * @param bound codes must do better than this error
     * @return empty if there are none
     */
    Optional<float[]> decode(
            float[] weights, float[] scales, float[] lowest, float[] highest, CodePairs pairs, double bound) {
        Search search = new Search(weights, scales, lowest, highest, pairs, bound);
        search.descend(0, 0);
        return search.found ? Optional.of(best.clone()) : Optional.empty();
    }

    private final class Search {
        private final float[] weights;
        private final float[] scales;
        private final float[] lowest;
        private final float[] highest;
        private final CodePairs pairs;
        private double least;
        private int nodes;
        private boolean found;

        Search(float[] weights, float[] scales, float[] lowest, float[] highest, CodePairs pairs, double bound) {
            this.weights = weights;
            this.scales = scales;
            this.lowest = lowest;
            this.highest = highest;
            this.pairs = pairs;
            this.least = bound;
        }

        void descend(int depth, double sum) {
            if (depth == inputs) {
                least = sum;
                found = true;
                System.arraycopy(codes, 0, best, 0, inputs);
                return;
            }
            int input = order[depth];
            double pushed = 0;
            for (int i = 0; i < depth; i++) {
                pushed += errors[i] * factor.at(i, depth);
            }
            double pivot = factor.pivot(depth);
            double centre = (weights[input] + pushed / pivot) / scales[input];
            int partner = pairs.partner(input);
            boolean beside = partner >= 0 && places[partner] < depth;
            float low = beside ? pairs.lowestBeside(codes[partner], lowest[input]) : lowest[input];
            float high = beside ? pairs.highestBeside(codes[partner], highest[input]) : highest[input];
            double below = levels.nearest(Math.max(low, Math.min(high, centre)));
            double above = levels.above(below);
            while (nodes < MOST_NODES && (below >= low || above <= high)) {
                boolean takesBelow = above > high || (below >= low && centre - below <= above - centre);
                double code = takesBelow ? below : above;
                below = takesBelow ? levels.below(below) : below;
                above = takesBelow ? above : levels.above(above);
                double error = weights[input] - (double) (scales[input] * (float) code);
                double part = pushed + error * pivot;
                if (!(sum + part * part < least)) {
                    return; // the codes left are no nearer
                }
                nodes++;
                codes[input] = (float) code;
                errors[depth] = error;
                descend(depth + 1, sum + part * part);
            }
        }
    }
}
