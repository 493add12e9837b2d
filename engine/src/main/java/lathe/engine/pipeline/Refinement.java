package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import lathe.engine.graph.ChannelAffine;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.layer.SolvedLayer;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.target.Placement;

/**
 * Scales and shifts the outputs of solved layers, channel by channel, which costs nothing in the file: scales go into
 * the weights' scales, shifts into the biases. Each step is applied only if it lowers the error of the network's
 * outputs on the synthetic inputs.
 *
 * <p>First, re-centring: a channel whose BatchNormalization statistics are known gets the mean and standard deviation
 * that it has in the original network on the same inputs, corrected for all channels before it. Then, for layers
 * without output statistics, variance correction, see {@link lathe.engine.layer.OutputMoments#restoredVariance()}.
 */
final class Refinement {

    private final Graph graph;
    private final Placement floats;
    private final Measurement measurement;
    private final List<String> notes = new ArrayList<>();
    private List<LayerSolution> solutions;
    private double error;

    private Refinement(Graph graph, Placement floats, Measurement measurement, List<LayerSolution> solutions) {
        this.graph = graph;
        this.floats = floats;
        this.measurement = measurement;
        this.solutions = solutions;
    }

    /**
     * The solutions after refinement.
     *
     * @param solutions in the order they were given in
     * @param notes one line for each step, taken or not
     */
    record Refined(List<LayerSolution> solutions, List<String> notes) {}

    /**
     * Refines the layers of a graph that was opened for measuring.
     *
     * @param floats of the graph, no value quantized
     */
    static Refined refine(
            Graph graph,
            Placement floats,
            Measurement measurement,
            List<LayerSolution> solutions,
            UnaryOperator<List<LayerSolution>> twoSided) {
        Refinement refinement = new Refinement(graph, floats, measurement, solutions);
        refinement.error = refinement.outputError(solutions);
        refinement.weighOutputs(twoSided);
        refinement.recentre();
        refinement.restoreVariance();
        return new Refined(refinement.solutions, refinement.notes);
    }

    private void weighOutputs(UnaryOperator<List<LayerSolution>> twoSided) {
        List<LayerSolution> changed = twoSided.apply(solutions);
        int layers = 0;
        for (int i = 0; i < changed.size(); i++) {
            layers += changed.get(i)
                            .only()
                            .groups()
                            .equals(solutions.get(i).only().groups())
                    ? 0
                    : 1;
        }
        take("weighted output errors by the layers that read them", changed, layers);
    }

    private void recentre() {
        if (graph.statistics().isEmpty()) {
            return;
        }
        Map<String, ChannelAffine> drift = measurement.drift(compressed(solutions));
        take("re-centred on BatchNormalization statistics", solution -> {
            String output = solution.only().layer().output();
            return Optional.ofNullable(drift.get(output))
                    .map(map -> limited(solution, map, graph.statistics().get(output)));
        });
    }

    /** Held inside the limits; a channel whose scale is held keeps the mean that it was to get. */
    private static ChannelAffine limited(LayerSolution solution, ChannelAffine map, ChannelStatistics known) {
        double[] scale = solution.storable(map.heldScale());
        double[] shift = map.shift().clone();
        for (int channel = 0; channel < scale.length; channel++) {
            double wantedMean = known.mean()[channel];
            double mean = (wantedMean - shift[channel]) / map.scale()[channel];
            if (scale[channel] != map.scale()[channel]) {
                shift[channel] = wantedMean - scale[channel] * mean;
            }
        }
        return new ChannelAffine(scale, shift);
    }

    private void restoreVariance() {
        take("applied variance correction", solution -> {
            if (graph.statistics().containsKey(solution.only().layer().output())) {
                return Optional.empty();
            }
            double[] scale = solution.storable(solution.result().moments().restoredVariance());
            float[] bias = solution.only().layer().biasValues();
            double[] shift = new double[scale.length];
            for (int row = 0; row < shift.length; row++) {
                shift[row] = (1 - scale[row])
                        * (bias[row] + solution.result().moments().mean()[row]);
            }
            return Optional.of(new ChannelAffine(scale, shift));
        });
    }

    private void take(String step, Function<LayerSolution, Optional<ChannelAffine>> maps) {
        List<LayerSolution> changed = new ArrayList<>();
        int layers = 0;
        for (LayerSolution solution : solutions) {
            Optional<ChannelAffine> map = solution.isFree() ? maps.apply(solution) : Optional.empty();
            changed.add(map.map(solution::mapped).orElse(solution));
            layers += map.isPresent() ? 1 : 0;
        }
        take(step, changed, layers);
    }

    private void take(String step, List<LayerSolution> changed, int layers) {
        if (layers == 0) {
            return;
        }
        double after = outputError(changed);
        boolean better = after < error;
        notes.add(String.format(
                Locale.ROOT,
                "%s, %d layer%s: outputs %.1f -> %.1f dB on the synthetic inputs%s",
                step,
                layers,
                layers == 1 ? "" : "s",
                -10 * Math.log10(error),
                -10 * Math.log10(after),
                better ? "" : ", not applied"));
        if (better) {
            solutions = changed;
            error = after;
        }
    }

    private double outputError(List<LayerSolution> tried) {
        return measurement.outputError(compressed(tried));
    }

    /** The graph with the new weights in float. */
    private Graph compressed(List<LayerSolution> tried) {
        List<SolvedLayer> layers = tried.stream()
                .flatMap(solution -> solution.layers().stream())
                .map(SolvedLayer::inFloat)
                .toList();
        return floats.write(layers, Map.of());
    }
}
