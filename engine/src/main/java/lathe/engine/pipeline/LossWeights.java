package lathe.engine.pipeline;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import lathe.engine.allocate.LayerTable;
import lathe.engine.allocate.LayerTable.Choice;
import lathe.engine.layer.SolvedLayer;
import lathe.engine.task.LayerConfig;

/**
 * What of the losses of layers reaches the outputs of their network: for each layer a = sqrt(e / D), where the outputs have
 * the error e while this layer alone loses the share D of its energy, and all others nothing. The root, since losses of
 * many layers at once add up to less than each alone would say.
 *
 * @param probes the choice that each layer is tried with, by the layer of its table
 */
record LossWeights(Map<String, Choice> probes) {

    /** The loss of a probe: one far below drowns in what else rounding does, and one far above is no longer linear. */
    private static final double PROBED = 0.01;

    static LossWeights of(List<LayerTable> tables) {
        Map<String, Choice> probes = new LinkedHashMap<>();
        tables.forEach(table -> probe(table).ifPresent(choice -> probes.put(table.layer(), choice)));
        return new LossWeights(probes);
    }

    private static Optional<Choice> probe(LayerTable table) {
        return table.choices().stream()
                .filter(choice -> choice.error() > 0 && choice.config().format().isPresent())
                .min(Comparator.comparingDouble(choice -> Math.abs(Math.log(choice.error() / PROBED))));
    }

    /** What the layers are to be solved with. */
    Map<String, LayerConfig> configs() {
        Map<String, LayerConfig> configs = new LinkedHashMap<>();
        probes.forEach((layer, choice) -> configs.put(layer, choice.config()));
        return configs;
    }

    /**
     * The tables with each layer's losses times its a; those that were not probed keep theirs.
     *
     * @param solutions with {@link #configs}
     * @param outputError of the network with these layers changed, and no others
     */
    List<LayerTable> applyTo(
            List<LayerTable> tables,
            List<LayerSolution> solutions,
            ToDoubleFunction<List<SolvedLayer>> outputError,
            ProgressListener progress) {
        Map<String, Double> weights = new HashMap<>();
        progress.begin("weighing layers", solutions.size());
        for (LayerSolution solution : solutions) {
            String layer = solution.layers().get(0).layer().name();
            Optional.ofNullable(probes.get(layer)).ifPresent(probe -> {
                double error = outputError.applyAsDouble(
                        solution.layers().stream().map(SolvedLayer::inFloat).toList());
                weights.put(layer, Math.sqrt(error / probe.error()));
            });
            progress.step();
        }
        return tables.stream()
                .map(table -> table.weighted(weights.getOrDefault(table.layer(), 1.0)))
                .toList();
    }
}
