package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.LayerProblem;
import lathe.engine.prune.Mask;
import lathe.engine.prune.PrunedWeights;
import lathe.engine.prune.Pruning;
import lathe.engine.prune.PruningOptions;
import lathe.engine.prune.Saliency;
import lathe.engine.prune.Sparsity;

/**
 * Prunes all layers of a network together: in each of a few rounds every weight is ranked, the least worthy ones over
 * the whole network go, and what is left in each layer is fitted by least squares. Layers whose ranks are exact wait for
 * the last round. Costs one step over the layers more than there are rounds.
 */
final class NetworkPruning {

    /** With more rounds the ranks hardly change any more. */
    private static final int ROUNDS = 4;

    private final Pruning pruning;
    private final MeasuredBatches batches;

    private NetworkPruning(Sparsity sparsity, MeasuredBatches batches) {
        this.pruning = new Pruning(sparsity, PruningOptions.DEFAULT);
        this.batches = batches;
    }

    /** What is left of one layer, and what each of its weights is worth now. */
    private record Ranked(List<PrunedWeights> groups, Saliency saliency) {}

    /** What is left of each layer, one matrix a group. */
    static Map<SharedLayers, List<PrunedWeights>> prune(Sparsity sparsity, MeasuredBatches batches) {
        return new NetworkPruning(sparsity, batches).run();
    }

    private Map<SharedLayers, List<PrunedWeights>> run() {
        Map<SharedLayers, Ranked> ranked = batches.each("ranking weights", (shared, statistics) -> {
            List<LayerProblem> problems = problems(shared, statistics);
            List<PrunedWeights> all = problems.stream()
                    .map(problem -> PrunedWeights.all(problem.weights()))
                    .toList();
            return ranked(problems, all);
        });
        int rounds = ranked.keySet().stream().allMatch(this::ranksOnce) ? 1 : ROUNDS;
        for (int round = 1; round < rounds; round++) {
            Map<SharedLayers, Mask> masks = masks(ranked, round, rounds);
            Map<SharedLayers, Ranked> before = ranked;
            String stage = "pruning, round %d of %d".formatted(round, rounds);
            ranked = batches.each(
                    stage,
                    (shared, statistics) -> ranksOnce(shared)
                            ? before.get(shared)
                            : rankedAgain(shared, statistics, masks.get(shared)));
        }
        Map<SharedLayers, Mask> masks = masks(ranked, rounds, rounds);
        return batches.each(
                "fitting what is left",
                (shared, statistics) -> fitted(problems(shared, statistics), masks.get(shared)));
    }

    private boolean ranksOnce(SharedLayers shared) {
        return pruning.ranksOnce(shared.first().rowsPerGroup(), shared.first().cols());
    }

    private Map<SharedLayers, Mask> masks(Map<SharedLayers, Ranked> ranked, int round, int rounds) {
        List<Saliency> saliencies =
                ranked.values().stream().map(Ranked::saliency).toList();
        Iterator<Mask> masks = pruning.masks(saliencies, round, rounds).iterator();
        Map<SharedLayers, Mask> byLayer = new LinkedHashMap<>();
        ranked.keySet().forEach(shared -> byLayer.put(shared, masks.next()));
        return byLayer;
    }

    private static List<LayerProblem> problems(SharedLayers shared, Map<String, InputStatistics> statistics) {
        InputStatistics average = shared.average(statistics);
        return shared.first().problems(average, new double[shared.first().rows()]);
    }

    private Ranked rankedAgain(SharedLayers shared, Map<String, InputStatistics> statistics, Mask mask) {
        List<LayerProblem> problems = problems(shared, statistics);
        return ranked(problems, fitted(problems, mask));
    }

    private List<PrunedWeights> fitted(List<LayerProblem> problems, Mask mask) {
        List<PrunedWeights> groups = new ArrayList<>();
        int row = 0;
        for (LayerProblem problem : problems) {
            int end = row + problem.weights().rows();
            groups.add(pruning.fit(problem, mask.rows(row, end)));
            row = end;
        }
        return groups;
    }

    private Ranked ranked(List<LayerProblem> problems, List<PrunedWeights> groups) {
        double energy = 0;
        for (LayerProblem problem : problems) {
            energy += LayerError.of(problem, problem.weights()).energy();
        }
        List<Saliency> saliencies = new ArrayList<>();
        for (int group = 0; group < groups.size(); group++) {
            saliencies.add(pruning.saliency(problems.get(group), groups.get(group), energy));
        }
        return new Ranked(groups, Saliency.ofGroups(saliencies));
    }
}
