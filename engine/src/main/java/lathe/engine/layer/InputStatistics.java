package lathe.engine.layer;

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
}
