package lathe.engine.pipeline;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lathe.engine.layer.Layer;
import lathe.engine.layer.SolvedLayer;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.report.LayerReport;
import lathe.engine.report.StageError;
import lathe.engine.report.StageError.Stage;
import lathe.engine.task.LayerConfig;

/**
 * Reports on the layers of a run.
 *
 * @param noise mean squared error of quantized values, as {@link ActivationScales#noise()} has it
 */
record LayerReports(Selection selection, Map<String, Double> noise) {

    /** A rounded input whose error exceeds this share of a layer's output energy, 20 dB, gets a warning. */
    private static final double LARGE_ERROR = 0.01;

    /** One for each layer, in graph order. */
    List<LayerReport> of(List<LayerSolution> solutions) {
        Map<String, LayerReport> reports = new HashMap<>();
        for (LayerSolution solution : solutions) {
            for (int i = 0; i < solution.layers().size(); i++) {
                SolvedLayer layer = solution.layers().get(i);
                reports.put(layer.layer().name(), report(layer, i == 0, solution));
            }
        }
        for (SharedLayers shared : SharedLayers.group(selection.layers())) {
            if (!selection.changes(shared)) {
                shared.users().forEach(user -> reports.put(user.name(), unchanged(user, shared)));
            }
        }
        return selection.layers().stream()
                .map(layer -> reports.get(layer.name()))
                .toList();
    }

    private LayerReport unchanged(Layer layer, SharedLayers shared) {
        LayerConfig config = selection.configs().of(layer);
        long bytes = layer.bytes(layer.equals(shared.first()));
        return new LayerReport(
                layer.name(),
                layer.node().opType(),
                layer.weights().dims(),
                config.formatName(),
                config.bits(),
                false,
                SolvedLayer.unchanged(layer).sparsity(),
                bytes,
                bytes,
                0,
                List.of(new StageError(Stage.SOLVED, 0)),
                config.methodFor(layer),
                0,
                note(layer, shared.users().size() - 1));
    }

    /** One line if rounding the inputs of layers causes large errors, with the largest. */
    List<String> inputWarnings(List<LayerReport> layers) {
        List<LayerReport> losing = layers.stream()
                .filter(layer -> inputError(layer) > LARGE_ERROR)
                .sorted(Comparator.comparingDouble(LayerReports::inputError).reversed())
                .toList();
        if (losing.isEmpty()) {
            return List.of();
        }
        String more = losing.size() == 1 ? "" : ", and %d more below 20 dB".formatted(losing.size() - 1);
        return List.of(String.format(
                Locale.ROOT,
                "layer '%s': rounding its input leaves %.1f dB%s: one scale covers values of very different magnitude;"
                        + " try float activations, or exclude the layer",
                losing.get(0).layer(),
                -10 * Math.log10(inputError(losing.get(0))),
                more));
    }

    private static double inputError(LayerReport layer) {
        return layer.stages().stream()
                .filter(stage -> stage.stage() == Stage.INPUT)
                .mapToDouble(StageError::error)
                .findFirst()
                .orElse(0);
    }

    /** One for each layer that is too wide for a whole Gram matrix. */
    List<String> warnings() {
        return selection.layers().stream()
                .filter(layer -> layer.cols() > GramMatrix.LARGEST_WHOLE)
                .map(layer ->
                        "layer '%s': its %d inputs are treated as uncorrelated, as in every layer with more than %d"
                                .formatted(layer.name(), layer.cols(), GramMatrix.LARGEST_WHOLE))
                .toList();
    }

    private List<StageError> stages(Layer layer, LayerSolution solution) {
        Optional<Double> own = selection.placement().scaleOfInput(layer).map(noise::get);
        Stream<StageError> input =
                own.map(variance -> new StageError(Stage.INPUT, solution.inputError(variance))).stream();
        return Stream.concat(input, solution.stages().stream()).toList();
    }

    /** @param first whether the weights count with this layer, of those that share them */
    private LayerReport report(SolvedLayer solved, boolean first, LayerSolution solution) {
        Layer layer = solved.layer();
        LayerConfig config = solution.config();
        return new LayerReport(
                layer.name(),
                layer.node().opType(),
                layer.weights().dims(),
                config.formatName(),
                config.bits(),
                config.sparsity().isPresent(),
                solved.sparsity(),
                layer.bytes(first),
                selection.placement().bytes(solved, first),
                solution.error().relative(),
                stages(layer, solution),
                config.methodFor(layer),
                solution.result().seconds(),
                note(layer, solution.layers().size() - 1));
    }

    /** @param others that share its weights */
    private String note(Layer layer, int others) {
        String shared =
                others == 0 ? "" : "shares its weights with %d other layer%s".formatted(others, others == 1 ? "" : "s");
        String inFloat = selection.placement().floatReasons().containsKey(layer.name())
                ? "float activations: " + selection.placement().floatReasons().get(layer.name())
                : "";
        return Stream.of(selection.configs().reason(layer), shared, inFloat)
                .filter(text -> !text.isEmpty())
                .collect(Collectors.joining("; "));
    }
}
