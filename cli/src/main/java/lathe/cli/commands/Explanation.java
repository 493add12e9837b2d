package lathe.cli.commands;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import lathe.cli.models.Manifest;
import lathe.cli.models.ModelSource;
import lathe.cli.options.ConfigFile;
import lathe.cli.options.Gates;
import lathe.cli.options.Step;
import lathe.cli.options.TargetSettings;
import lathe.cli.options.TargetSettings.Target;
import lathe.cli.shell.Figures;
import lathe.engine.graph.Graph;
import lathe.engine.grid.WeightFormat;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.onnx.SourceHashes;
import lathe.engine.pipeline.CompressionPlan;
import lathe.engine.pipeline.CompressionPlan.PlannedLayer;
import lathe.synth.input.RealInputs;

/**
 * What {@code compress --explain} says: the recipe of a run, with what each step does to the model, found without
 * running it.
 *
 * @param candidate whose plan this is: the first where the recipe leaves options open
 * @param compression of this model
 * @param bytes of the file to be written, but for a target
 */
record Explanation(Candidate candidate, Compression compression, CompressionPlan plan, long bytes) {

    /** The answer; the recipe has comments. */
    record Answer(boolean explain, String model, String recipe, List<String> warnings) {}

    /** Explains the recipe of a run. */
    static Answer of(ModelSource source, Graph graph, RecipeSearch search, ConfigFile config) throws IOException {
        SourceHashes hashes = SourceHashes.of(graph);
        Candidate first = search.candidates().get(0);
        InputTrust trust = InputTrust.of(first.arguments(), graph, first.compression());
        CompressionPlan plan = trust.compression().plan(graph, hashes);
        long after = OnnxWriter.size(Manifest.into(plan.standIn(), hashes));
        Explanation explanation = new Explanation(first, trust.compression(), plan, after);
        String text = search.recipe(graph, config).text(explanation::of);
        String title = "# %s, %s\n".formatted(source.name(), Figures.bytes(source.bytes(graph)));
        String open = first.choice().isEmpty()
                ? ""
                : ("# %d candidates: %s; each is compressed, and the best on fresh inputs is kept."
                                + " The comments are on the first.\n")
                        .formatted(
                                search.candidates().size(),
                                String.join(" and ", first.choice().keySet()));
        List<String> warnings = new ArrayList<>(trust.warnings());
        warnings.addAll(plan.warnings());
        return new Answer(true, source.name(), title + open + text, warnings);
    }

    /** What a step does, a line each. */
    List<String> of(Step step) {
        return switch (step) {
            case PRECONDITION -> precondition();
            case MEASURE -> List.of(measure());
            case PRUNE -> List.of("makes weights zero where that costs least, and refits the others by least squares");
            case QUANTIZE -> quantize();
            case ALLOCATE -> List.of(allocate());
            case GUARD -> List.of(guard());
            case PACK -> List.of(pack());
        };
    }

    private Optional<Target> target() {
        return TargetSettings.of(candidate.arguments());
    }

    private List<String> precondition() {
        List<String> lines = new ArrayList<>(plan.passes());
        boolean shared = compression
                .options()
                .config()
                .format()
                .filter(format -> format.sharing() == WeightFormat.Sharing.TENSOR)
                .isPresent();
        lines.add(
                !compression.equalize()
                        ? "no equalization"
                        : shared
                                ? "scales channels of consecutive layers against each other, where that lowers the error"
                                : "no equalization, since no layer's channels share a scale");
        return lines;
    }

    private String measure() {
        int layers = plan.layers().size();
        return compression.inputs().real().map(RealInputs::count).isPresent()
                ? "runs real inputs, and measures what %s get".formatted(Figures.plural(layers, "layer"))
                : "makes %s, and measures what %s get"
                        .formatted(
                                Figures.plural(compression.inputs().images(), "synthetic input"),
                                Figures.plural(layers, "layer"));
    }

    private List<String> quantize() {
        List<String> lines = new ArrayList<>();
        if (target().isEmpty()) {
            Map<String, Long> formats = plan.layers().stream()
                    .collect(Collectors.groupingBy(PlannedLayer::format, TreeMap::new, Collectors.counting()));
            lines.add("weights: "
                    + formats.entrySet().stream()
                            .map(entry ->
                                    "%s of %s".formatted(Figures.plural(entry.getValue(), "layer"), entry.getKey()))
                            .collect(Collectors.joining(", ")));
        }
        lines.add(DryRun.activations(plan.activations()));
        return lines;
    }

    private String allocate() {
        return "tries each format on each of %s, and gives bits where they help most"
                .formatted(Figures.plural(plan.layers().size(), "layer"));
    }

    private String guard() {
        Optional<Gates> gates = Guard.gates(candidate.arguments());
        String kept = gates.isPresent() ? "the gates" : "an SNR of %.0f dB".formatted(Floor.DECIBELS);
        return gates.isPresent() || Floor.fallsBack(candidate.arguments())
                ? "checks outputs on fresh inputs; until they keep %s, layers fall back to more bits or FP32"
                        .formatted(kept)
                : "checks outputs on fresh inputs, and writes the file whatever it finds";
    }

    private String pack() {
        return target().isEmpty()
                ? "writes about %s".formatted(Figures.bytes(bytes))
                : "writes the weights in as many bits as they have";
    }
}
