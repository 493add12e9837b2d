package lathe.engine.solve;

import java.util.Arrays;
import java.util.stream.IntStream;
import lathe.engine.grid.AffineFormat;
import lathe.engine.grid.PairBound;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.WeightFormat;

/**
 * Codes of an output under a {@link PairBound}: the sum of two neighbours of the same sign is bounded. An excess is
 * removed where it raises the weighted squared error least. Immutable.
 */
final class CodePairs {

    private static final int[] NO_PARTNERS = {};

    private final int[] partners; // of each column, -1 for none; empty where all codes are free
    private final int[] firsts; // of each pair the first column
    private final float most;
    private final float largest; // magnitude of a single code

    private CodePairs(int[] partners, float most, float largest) {
        this.partners = partners;
        this.firsts = IntStream.range(0, partners.length)
                .filter(col -> partners[col] > col)
                .toArray();
        this.most = most;
        this.largest = largest;
    }

    /**
     * The pairs of a layer.
     *
     * @throws IllegalArgumentException if codes have zero points and break the bound: a weight of 0 has such a code, too
     */
    static CodePairs of(WeightFormat format, PairBound bound) {
        if (!(format instanceof AffineFormat affine) || !bound.binds(affine.grid())) {
            return new CodePairs(NO_PARTNERS, bound.most(), 0);
        }
        QuantGrid grid = affine.grid();
        if (!format.symmetric()) {
            throw new IllegalArgumentException("zero points and codes %d to %d, of which two may add up to %d at most"
                    .formatted(grid.min(), grid.max(), bound.most()));
        }
        int[] partners = new int[bound.cols()];
        for (int col = 0; col < partners.length; col++) {
            partners[col] = bound.partner(col);
        }
        return new CodePairs(partners, bound.most(), grid.largestMagnitude());
    }

    /** True if no pair of codes breaks the bound. */
    boolean areFree() {
        return partners.length == 0;
    }

    /** The other column of a pair; -1 for none. */
    int partner(int col) {
        return areFree() ? -1 : partners[col];
    }

    /**
     * The least scale at which all pairs of weights keep the bound before they are rounded; 0 where there is no bound.
     */
    double leastScale(float[] weights) {
        double largestSum = 0;
        for (int col : firsts) {
            if (sameSign(weights[col], weights[partners[col]])) {
                largestSum = Math.max(largestSum, Math.abs((double) weights[col] + weights[partners[col]]));
            }
        }
        return largestSum / most;
    }

    /** The least code beside that of the partner, where {@code lowest} is the least by itself. */
    float lowestBeside(float partner, float lowest) {
        return partner < 0 ? Math.max(lowest, Math.min(0, -most - partner)) : lowest;
    }

    /** The largest code beside that of the partner, where {@code highest} is the largest by itself. */
    float highestBeside(float partner, float highest) {
        return partner > 0 ? Math.min(highest, Math.max(0, most - partner)) : highest;
    }

    /**
     * A code that leaves its partner, which is still to be rounded, its share.
     *
     * @param wanted the code before rounding
     * @param partner that of the partner
     * @param weight of this input's squared error
     * @param partnerWeight of the partner's
     */
    float sharing(float wanted, float partner, float weight, float partnerWeight) {
        float excess = Math.min(largest, Math.abs(wanted)) + Math.min(largest, Math.abs(partner)) - most;
        if (excess <= 0 || !sameSign(wanted, partner)) {
            return wanted;
        }
        float together = weight + partnerWeight;
        float part = together > 0 ? partnerWeight / together : 0.5f;
        float kept = Math.min(largest, Math.abs(wanted)) - part * excess;
        return Math.copySign(Math.max(most - largest, kept), wanted);
    }

    /**
     * The pairs of an output whose codes may break the bound.
     *
     * @param firsts of each pair the first column
     * @param leastScale holds for scales from this one on
     */
    record Suspects(int[] firsts, float leastScale) {}

    /** Suspects at scales from {@code leastScale} on: rounding adds at most one to the sum of two codes. */
    Suspects suspects(float[] weights, float leastScale) {
        float least = (most - 0.01f) * leastScale;
        int[] found = new int[firsts.length];
        int count = 0;
        for (int col : firsts) {
            float weight = weights[col];
            float other = weights[partners[col]];
            if (Math.abs(weight + other) >= least && sameSign(weight, other)) {
                found[count++] = col;
            }
        }
        return new Suspects(Arrays.copyOf(found, count), leastScale);
    }

    /**
     * Changes codes to the nearest that keep the bound.
     *
     * @param codes of one output, each the nearest to its weight
     * @param weights of the output
     * @param scales of each column
     * @param importance of each input's squared error
     * @param suspects of this output
     * @param leastScale of the scales
     */
    void settle(
            float[] codes, float[] weights, float[] scales, double[] importance, Suspects suspects, float leastScale) {
        for (int col : leastScale >= suspects.leastScale() ? suspects.firsts() : firsts) {
            int partner = partners[col];
            if (Math.abs(codes[col] + codes[partner]) > most && sameSign(codes[col], codes[partner])) {
                float wanted = weights[col] / scales[col];
                float other = weights[partner] / scales[partner];
                float kept = sharing(wanted, other, (float) importance[col], (float) importance[partner]);
                codes[col] = (float) Math.rint(Math.max(-Math.abs(codes[col]), Math.min(Math.abs(codes[col]), kept)));
                codes[partner] = Math.copySign(Math.min(Math.abs(codes[partner]), most - Math.abs(codes[col])), other);
            }
        }
    }

    private static boolean sameSign(float a, float b) {
        return (a > 0 && b > 0) || (a < 0 && b < 0);
    }
}
