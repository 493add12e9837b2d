package lathe.engine.pipeline;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Layer;
import lathe.engine.qdq.QdqRewrite;
import lathe.engine.qdq.ReplacedLayer;
import lathe.engine.report.LayerReport;
import lathe.engine.solve.LayerSolver;

/**
 * What is said of the layers of a run.
 *
 * @param solvers the solver for a layer whose weights get a format
 */
record LayerReports(Selection selection, BiFunction<Layer, WeightFormat, LayerSolver> solvers) {

    /** One for each layer, in graph order. */
    List<LayerReport> of(List<LayerSolution> solutions) {
        Map<String, LayerReport> reports = new HashMap<>();
        for (LayerSolution solution : solutions) {
            for (ReplacedLayer layer : solution.layers()) {
                reports.put(layer.layer().name(), report(layer, solution));
            }
        }
        return selection.layers().stream()
                .map(layer -> reports.get(layer.name()))
                .toList();
    }

    /** One for each layer that is too wide for a whole Gram matrix. */
    List<String> warnings() {
        return selection.layers().stream()
                .filter(layer -> !layer.hasWholeGram())
                .map(layer ->
                        "layer '%s': its %d inputs are taken as uncorrelated, as those of every layer with more than %d"
                                .formatted(layer.name(), layer.cols(), Layer.WIDEST_WHOLE_GRAM))
                .toList();
    }

    private LayerReport report(ReplacedLayer replaced, LayerSolution solution) {
        Layer layer = replaced.layer();
        Optional<WeightFormat> format = solution.format();
        return new LayerReport(
                layer.name(),
                layer.node().opType(),
                layer.weights().dims(),
                format.map(WeightFormat::bits).orElse(Float.SIZE),
                replaced.sparsity(),
                layer.bytes(),
                QdqRewrite.storedBytes(
                        replaced,
                        selection.graph(),
                        selection.plan(),
                        selection.options().weightForm()),
                solution.error().relative(),
                solution.stages(),
                solverName(layer, format),
                solution.seconds(),
                note(layer, solution));
    }

    private String solverName(Layer layer, Optional<WeightFormat> format) {
        CompressionOptions options = selection.options();
        if (!layer.hasWholeGram()) {
            return "nearest";
        }
        return format.map(chosen -> solvers.apply(layer, chosen).nameFor(layer.cols()))
                .orElse(options.sparsityOf(layer).isPresent() ? "least squares" : "none");
    }

    private String note(Layer layer, LayerSolution solution) {
        int others = solution.layers().size() - 1;
        String shared =
                others == 0 ? "" : "shares its weights with %d other layer%s".formatted(others, others == 1 ? "" : "s");
        String inFloat = selection.plan().floatReasons().containsKey(layer.name())
                ? "float activations: " + selection.plan().floatReasons().get(layer.name())
                : "";
        return Stream.of(selection.formats().reason(layer), shared, inFloat)
                .filter(text -> !text.isEmpty())
                .collect(Collectors.joining("; "));
    }
}
