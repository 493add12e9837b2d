package lathe.engine.layer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import lathe.engine.linalg.GramMatrix;

/**
 * What was measured of a layer's input.
 *
 * @param grams E[x xᵀ], one a group
 * @param means E[x], one a group
 * @param samples how many x the averages run over
 */
public record InputStatistics(List<GramMatrix> grams, List<double[]> means, long samples) {

    public InputStatistics {
        grams = List.copyOf(grams);
        means = List.copyOf(means);
        if (grams.size() != means.size()) {
            throw new IllegalArgumentException("%d Gram matrices, %d means".formatted(grams.size(), means.size()));
        }
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
        return new InputStatistics(grams, means, samples);
    }
}
