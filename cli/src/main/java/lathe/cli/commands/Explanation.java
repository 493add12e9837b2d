package lathe.cli.commands;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import lathe.cli.options.ChannelSettings;
import lathe.cli.options.Step;
import lathe.cli.options.TargetSettings;
import lathe.cli.shell.Figures;
import lathe.cli.shell.Printable;
import lathe.engine.graph.Graph;
import lathe.engine.pipeline.CompressionPlan.PlannedLayer;
import lathe.synth.input.InputOptions;
import lathe.synth.input.SynthKind;

/**
 * What {@code compress --explain} says: the recipe of a run, with what each step does to the model.
 *
 * @param plan of the run
 * @param candidate that is planned: the first where the recipe leaves options open
 */
record Explanation(DryRun.Answer plan, Candidate candidate) {

    /** The answer; the recipe has comments. */
    record Answer(boolean explain, String model, String recipe, List<String> warnings) {}

    /** Explains the recipe of a run. */
    static Answer of(DryRun.Answer plan, Graph graph, RecipeSearch search) {
        Candidate first = search.first();
        String title = "# %s, %s\n".formatted(Printable.line(plan.model()), Figures.bytes(plan.bytesBefore()));
        if (!first.choice().isEmpty()) {
            title +=
                    "# %d candidates: %s; each is compressed, and the best on fresh inputs is kept. The comments are on the first.\n"
                            .formatted(
                                    search.candidates().size(),
                                    String.join(" and ", first.choice().keySet()));
        }
        String recipe = search.recipe(graph).text(new Explanation(plan, first)::of);
        return new Answer(true, plan.model(), title + recipe, plan.warnings());
    }

    /** What a step does, a line each. */
    List<String> of(Step step) {
        return switch (step) {
            case PRECONDITION -> precondition();
            case MEASURE -> List.of(measure());
            case PRUNE -> prune();
            case QUANTIZE -> quantize();
            case ALLOCATE ->
                List.of("tries each format on each of %s, and gives bits where they help most".formatted(layers()));
            case GUARD -> List.of(guard());
            case PACK ->
                List.of(
                        isForTarget()
                                ? "writes weights in as many bits as they have"
                                : "writes about " + Figures.bytes(plan.predictedBytes()));
        };
    }

    private boolean isForTarget() {
        return TargetSettings.of(candidate.arguments()).isPresent();
    }

    private String layers() {
        return Figures.plural(plan.layers().size(), "layer");
    }

    private List<String> precondition() {
        List<String> lines = new ArrayList<>(plan.passes());
        lines.add(
                !candidate.compression().equalize()
                        ? "no equalization"
                        : candidate.compression().sharesScales()
                                ? "scales channels of consecutive layers against each other, where that lowers the error"
                                : "no equalization, since no layer's channels share a scale");
        return lines;
    }

    private String measure() {
        InputOptions given = candidate.compression().inputs();
        String synthetic = Figures.plural(given.images(), "synthetic input");
        String inputs = given.real().isPresent()
                ? "takes real inputs"
                : given.kind() == SynthKind.REFINED
                        ? "makes %s, refines images by %d gradient steps".formatted(synthetic, given.refineSteps())
                        : "makes " + synthetic;
        return "%s, and measures what %s get".formatted(inputs, layers());
    }

    private List<String> prune() {
        ChannelSettings channels = candidate.compression().channels();
        List<String> lines = new ArrayList<>();
        lines.add("removes channels that carry nothing, where layers keep a multiple of %d"
                .formatted(channels.block().size()));
        if (channels.isLossy()) {
            lines.add(
                    "saves multiplications by fewer channels or lower ranks, and refits what reads them by least squares");
        }
        if (candidate.compression().options().prunes()) {
            lines.add("makes weights zero where that costs least, and refits the others by least squares");
        }
        return lines;
    }

    private List<String> quantize() {
        String activations = DryRun.activations(plan.activations());
        if (isForTarget()) {
            return List.of(activations);
        }
        Map<String, Long> formats = plan.layers().stream()
                .collect(Collectors.groupingBy(PlannedLayer::format, TreeMap::new, Collectors.counting()));
        String weights = formats.entrySet().stream()
                .map(entry -> "%s of %s".formatted(Figures.plural(entry.getValue(), "layer"), entry.getKey()))
                .collect(Collectors.joining(", ", "weights: ", ""));
        return List.of(weights, activations);
    }

    private String guard() {
        boolean gates = Guard.gates(candidate.arguments()).isPresent();
        return gates || Floor.fallsBack(candidate.arguments())
                ? "checks outputs on fresh inputs; until they keep %s, layers fall back to more bits or FP32"
                        .formatted(gates ? "this" : "an SNR of %.0f dB".formatted(Floor.DECIBELS))
                : "checks outputs on fresh inputs, and writes the file whatever it finds";
    }
}
