package lathe.engine.layer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import lathe.engine.linalg.GramMatrix;

/**
 * What was measured of a layer's input.
 *
 * @param grams E[x xᵀ], one per group
 * @param means E[x], one per group
 * @param samples how many x the averages run over
 * @param drawn how often each output is drawn, shares that add up to 1, where the input is indices; x is then all that a
 *     drawn output may meet, and E[x xᵀ] the identity. Empty where every output is used each time
 * @param meansKnown true if E[x] is known to be that of real inputs: x is computed from such, or the network says which
 *     means its values had in training
 */
public record InputStatistics(
        List<GramMatrix> grams, List<double[]> means, long samples, Optional<double[]> drawn, boolean meansKnown) {

    public InputStatistics {
        grams = List.copyOf(grams);
        means = List.copyOf(means);
        if (grams.size() != means.size()) {
            throw new IllegalArgumentException("%d Gram matrices, %d means".formatted(grams.size(), means.size()));
        }
    }

    /** Of numbers that are multiplied with, their means a guess. */
    public InputStatistics(List<GramMatrix> grams, List<double[]> means, long samples) {
        this(grams, means, samples, Optional.empty(), false);
    }

    /** The same, whose means are those of real inputs or not. */
    public InputStatistics withMeansKnown(boolean known) {
        return new InputStatistics(grams, means, samples, drawn, known);
    }

    /** The same if independent inputs of the same mean power had come as often as those measured. */
    public InputStatistics withIndependentInputs() {
        List<GramMatrix> both =
                grams.stream().map(gram -> gram.damped(gram.meanDiagonal())).toList();
        return new InputStatistics(both, means, samples, drawn, meansKnown);
    }

    /** Of a layer that was never run: all inputs are alike, and independent. */
    public static InputStatistics unseen(int groups, int cols) {
        double[] ones = new double[cols];
        Arrays.fill(ones, 1);
        return new InputStatistics(
                Collections.nCopies(groups, GramMatrix.diagonal(ones)),
                Collections.nCopies(groups, new double[cols]),
                1);
    }

    /**
     * Of indices.
     *
     * @param counts how often each output was drawn; each counts one more, since what few draws missed may come next
     * @param cols numbers that a drawn output has
     */
    public static InputStatistics ofDraws(long[] counts, int cols) {
        long draws = Arrays.stream(counts).sum();
        double[] drawn = Arrays.stream(counts)
                .mapToDouble(count -> (count + 1.0) / (draws + counts.length))
                .toArray();
        double[] ones = new double[cols];
        Arrays.fill(ones, 1);
        return new InputStatistics(
                List.of(GramMatrix.diagonal(ones)), List.of(new double[cols]), draws, Optional.of(drawn), false);
    }

    /** False with fewer samples than inputs, which then seem to follow from each other, as behind a global pool. */
    public boolean hasSamplesForAll() {
        return samples >= grams.get(0).order();
    }

    /** False if an input was NaN, infinite, or too large to be squared and summed. */
    public boolean isFinite() {
        return grams.stream().allMatch(gram -> Double.isFinite(gram.meanDiagonal()))
                && means.stream().flatMapToDouble(Arrays::stream).allMatch(Double::isFinite);
    }

    /** The statistics of all samples together; all must have the same shape. */
    public static InputStatistics average(List<InputStatistics> parts) {
        if (parts.size() == 1) {
            return parts.get(0);
        }
        long samples = parts.stream().mapToLong(InputStatistics::samples).sum();
        List<GramMatrix> grams = new ArrayList<>();
        List<double[]> means = new ArrayList<>();
        double[] shares = parts.stream()
                .mapToDouble(part -> (double) part.samples() / samples)
                .toArray();
        for (int group = 0; group < parts.get(0).grams().size(); group++) {
            int index = group;
            grams.add(GramMatrix.weightedSum(
                    parts.stream().map(part -> part.grams().get(index)).toList(), shares));
            double[] mean = new double[parts.get(0).means().get(group).length];
            for (int part = 0; part < shares.length; part++) {
                for (int i = 0; i < mean.length; i++) {
                    mean[i] += shares[part] * parts.get(part).means().get(group)[i];
                }
            }
            means.add(mean);
        }
        boolean known = parts.stream().allMatch(InputStatistics::meansKnown);
        return new InputStatistics(grams, means, samples, drawn(parts, shares), known);
    }

    private static Optional<double[]> drawn(List<InputStatistics> parts, double[] shares) {
        return parts.get(0).drawn().map(first -> {
            double[] sum = new double[first.length];
            for (int part = 0; part < shares.length; part++) {
                double[] own = parts.get(part).drawn().orElseThrow();
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += shares[part] * own[i];
                }
            }
            return sum;
        });
    }
}
