package lathe.engine.pipeline;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import lathe.engine.layer.SolvedLayer;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.target.Placement;
import lathe.engine.task.LayerConfig;

/**
 * How much of the damage to a layer reaches the outputs of the network, from running it with that layer alone compressed.
 *
 * <p>The outputs then lose the share e of their energy, the layer itself has lost D on the same inputs. Both grow alike with
 * coarser weights, so one configuration tells of all. The sensitivity is the square root of e / D, halfway in dB between taking each
 * layer's damage as it is and taking e: e is measured on few inputs that are synthetic.
 */
final class Sensitivities {

    /** Inputs that the network is run over for one layer: 64 of them gave the same allocations. */
    private static final int INPUTS = 8;

    /** Of the configurations, the one tried: coarse enough to be seen at the outputs, fine enough to add up. */
    private static final int BITS = 4;

    private Sensitivities() {}

    /** The place of the configuration to try. */
    static int typical(List<LayerConfig> configs) {
        return IntStream.range(0, configs.size())
                .boxed()
                .min(Comparator.comparingInt(
                        place -> Math.abs(configs.get(place).bits() - BITS)))
                .orElseThrow();
    }

    /**
     * The sensitivities by layer name, 1 where a layer or the outputs lost nothing, or all. Loads and runs the network once a
     * solution.
     *
     * @param solutions each of one layer, or of those that share their weights
     * @param damages what they do to the first of their layers on the inputs seen, by its name
     * @param floats of the graph, no value quantized
     */
    static Map<String, Double> of(
            List<LayerSolution> solutions,
            Map<String, Double> damages,
            Measurement measurement,
            Placement floats,
            ProgressListener progress) {
        progress.begin("weighing layers", solutions.size());
        Map<String, Double> sensitivities = new HashMap<>();
        for (LayerSolution solution : solutions) {
            String layer = solution.layers().get(0).layer().name();
            List<SolvedLayer> changed =
                    solution.layers().stream().map(SolvedLayer::inFloat).toList();
            double lost = measurement.outputError(floats.write(changed, Map.of()), INPUTS);
            double share = Math.sqrt(lost / damages.get(layer));
            sensitivities.put(layer, share > 0 && Double.isFinite(share) ? share : 1);
            progress.step();
        }
        return sensitivities;
    }
}
