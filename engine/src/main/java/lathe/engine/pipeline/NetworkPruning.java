package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.LayerProblem;
import lathe.engine.prune.Mask;
import lathe.engine.prune.PrunedWeights;
import lathe.engine.prune.Pruning;
import lathe.engine.prune.Saliency;
import lathe.engine.prune.Sparsity;

/**
 * Prunes all layers of a network together: in each of a few rounds every weight is ranked, those of least saliency over
 * the whole network are removed, and the remaining weights of each layer are refitted by least squares. Layers with
 * exact saliencies are pruned in the last round only. Costs one pass over the layers more than there are rounds.
 */
final class NetworkPruning {

    /** With more rounds the ranks hardly change any more. */
    private static final int ROUNDS = 4;

    /** Every output has its own mask and factorization: for wider layers a thousand would take an hour. */
    private static final int MOST_FITTED = 4608;

    private final Map<SharedLayers, Pruning> prunings = new LinkedHashMap<>();
    private final MeasuredBatches batches;

    private NetworkPruning(Function<SharedLayers, Optional<Sparsity>> targets, MeasuredBatches batches) {
        this.batches = batches;
        Map<Sparsity, Pruning> byTarget = new HashMap<>();
        for (SharedLayers shared : batches.layers()) {
            targets.apply(shared)
                    .ifPresent(target ->
                            prunings.put(shared, byTarget.computeIfAbsent(target, same -> new Pruning(same))));
        }
    }

    /** The remaining weights of one layer, and their current saliencies. */
    private record Ranked(List<PrunedWeights> groups, Saliency saliency) {}

    /**
     * What is left of each layer that is pruned, one matrix a group.
     *
     * @param targets which weights of a layer become zero; layers of the same target are pruned together
     */
    static Map<SharedLayers, List<PrunedWeights>> prune(
            Function<SharedLayers, Optional<Sparsity>> targets, MeasuredBatches batches) {
        return new NetworkPruning(targets, batches).run();
    }

    private Map<SharedLayers, List<PrunedWeights>> run() {
        Map<SharedLayers, Ranked> ranked =
                new LinkedHashMap<>(batches.each("ranking weights", prunings::containsKey, (shared, statistics) -> {
                    List<LayerProblem> problems = problems(shared, statistics);
                    List<PrunedWeights> all = problems.stream()
                            .map(problem -> PrunedWeights.all(problem.weights()))
                            .toList();
                    return ranked(shared, problems, all);
                }));
        int rounds = prunings.keySet().stream().allMatch(this::ranksOnce) ? 1 : ROUNDS;
        for (int round = 1; round < rounds; round++) {
            Map<SharedLayers, Mask> masks = masks(ranked, round, rounds);
            ranked.putAll(batches.each(
                    "pruning, round %d of %d".formatted(round, rounds),
                    shared -> prunings.containsKey(shared) && !ranksOnce(shared),
                    (shared, statistics) -> rankedAgain(shared, statistics, masks.get(shared))));
        }
        Map<SharedLayers, Mask> masks = masks(ranked, rounds, rounds);
        return batches.each(
                "refitting remaining weights",
                prunings::containsKey,
                (shared, statistics) -> fitted(shared, problems(shared, statistics), masks.get(shared)));
    }

    private boolean ranksOnce(SharedLayers shared) {
        return prunings.get(shared)
                .ranksOnce(shared.first().rowsPerGroup(), shared.first().cols());
    }

    private Map<SharedLayers, Mask> masks(Map<SharedLayers, Ranked> ranked, int round, int rounds) {
        Map<SharedLayers, Mask> masks = new HashMap<>();
        for (Pruning pruning : new LinkedHashSet<>(prunings.values())) {
            List<SharedLayers> together = prunings.keySet().stream()
                    .filter(shared -> prunings.get(shared) == pruning)
                    .toList();
            List<Mask> found = pruning.masks(
                    together.stream()
                            .map(shared -> ranked.get(shared).saliency())
                            .toList(),
                    round,
                    rounds);
            for (int i = 0; i < found.size(); i++) {
                masks.put(together.get(i), found.get(i));
            }
        }
        return masks;
    }

    private static List<LayerProblem> problems(SharedLayers shared, Map<String, InputStatistics> statistics) {
        return shared.first().problems(shared.average(statistics)).stream()
                .map(problem -> shared.first().cols() > MOST_FITTED ? problem.uncorrelated() : problem)
                .toList();
    }

    private Ranked rankedAgain(SharedLayers shared, Map<String, InputStatistics> statistics, Mask mask) {
        List<LayerProblem> problems = problems(shared, statistics);
        return ranked(shared, problems, fitted(shared, problems, mask));
    }

    private List<PrunedWeights> fitted(SharedLayers shared, List<LayerProblem> problems, Mask mask) {
        List<PrunedWeights> groups = new ArrayList<>();
        int row = 0;
        for (LayerProblem problem : problems) {
            int end = row + problem.weights().rows();
            groups.add(prunings.get(shared).fit(problem, mask.rows(row, end)));
            row = end;
        }
        return groups;
    }

    private Ranked ranked(SharedLayers shared, List<LayerProblem> problems, List<PrunedWeights> groups) {
        double energy = 0;
        for (LayerProblem problem : problems) {
            energy += LayerError.of(problem, problem.weights()).energy();
        }
        List<Saliency> saliencies = new ArrayList<>();
        for (int group = 0; group < groups.size(); group++) {
            saliencies.add(prunings.get(shared).saliency(problems.get(group), groups.get(group), energy));
        }
        return new Ranked(groups, Saliency.ofGroups(saliencies));
    }
}
