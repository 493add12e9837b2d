package lathe.cli.commands;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import lathe.cli.models.Manifest;
import lathe.cli.models.ModelSource;
import lathe.cli.models.ModelTarget;
import lathe.cli.options.DeviceProfile;
import lathe.cli.report.CandidateLine;
import lathe.cli.report.LeftLine;
import lathe.cli.report.RunCosts;
import lathe.cli.shell.Console;
import lathe.cli.shell.Figures;
import lathe.cli.shell.Table;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.onnx.SourceHashes;
import lathe.engine.pipeline.CompressionPlan;
import lathe.engine.pipeline.CompressionPlan.PlannedActivation;
import lathe.engine.pipeline.CompressionPlan.PlannedLayer;

/**
 * What {@code compress --dry-run} says: what would be done. Nothing is measured or written; the network runs only where
 * lengths of its inputs are not stated, to find some.
 */
final class DryRun {

    private static final String MULTIPLIES_LESS =
            "which channels and ranks go is found during the run, so layers and sizes are those of the whole network here";

    private DryRun() {}

    /**
     * The answer.
     *
     * @param output where the result would go
     * @param predictedBytes its size
     * @param activations values that would be quantized
     * @param recipe of the run
     * @param candidates the size of each, where the recipe leaves options open
     * @param costs of a run on the device that is named, before and after; null if none is
     */
    record Answer(
            boolean dryRun,
            String model,
            String output,
            long bytesBefore,
            long predictedBytes,
            double ratio,
            List<String> passes,
            List<PlannedLayer> layers,
            List<LeftLine> left,
            List<PlannedActivation> activations,
            String recipe,
            List<CandidateLine> candidates,
            RunCosts costs,
            List<String> warnings) {}

    /** Plans for one model; where the recipe leaves options open, for the first candidate. */
    static Answer of(ModelSource source, ModelTarget target, Graph graph, RecipeSearch search) throws IOException {
        SourceHashes hashes = SourceHashes.of(graph);
        Candidate first = search.first();
        InputTrust trust = InputTrust.of(first.arguments(), graph, first.compression());
        CompressionPlan plan = trust.compression().plan(graph, hashes);
        long before = source.bytes(graph);
        long after = bytes(plan, hashes);
        List<String> warnings = new ArrayList<>(trust.warnings());
        warnings.addAll(plan.warnings());
        boolean weights = trust.compression().options().changesWeights();
        if (trust.compression().channels().isLossy() || !weights) {
            warnings.add(MULTIPLIES_LESS);
        }
        if (target.exists()
                && first.arguments().has(CompressOptions.DRY_RUN)
                && !first.arguments().has("force")) {
            warnings.add("%s exists already; without --force it would not be replaced".formatted(target.name()));
        }
        List<CandidateLine> candidates = new ArrayList<>();
        for (Candidate candidate : first.choice().isEmpty() ? List.<Candidate>of() : search.candidates()) {
            Compression compression = InputTrust.of(candidate.arguments(), graph, candidate.compression())
                    .compression();
            candidates.add(new CandidateLine(
                    candidate.choice(), bytes(compression.plan(graph, hashes), hashes), null, null, false, null));
        }
        return new Answer(
                true,
                source.name(),
                target.name(),
                before,
                after,
                (double) after / before,
                plan.passes(),
                plan.layers(),
                LeftLine.of(plan.inventory(), before),
                plan.activations(),
                search.recipe(graph).text(),
                candidates,
                DeviceProfile.of(first.arguments())
                        .map(device -> NetworkCosts.compared(
                                device,
                                graph,
                                plan.standIn(),
                                trust.compression().inputs()))
                        .orElse(null),
                warnings);
    }

    private static long bytes(CompressionPlan plan, SourceHashes hashes) {
        return OnnxWriter.size(Manifest.into(plan.standIn(), hashes));
    }

    /** The answer in words. */
    static void print(Console console, Answer answer) {
        if (!answer.passes().isEmpty()) {
            console.say("Would be prepared");
            answer.passes().forEach(line -> console.say("  " + line));
            console.say("");
        }
        if (!answer.candidates().isEmpty()) {
            console.say("Would be tried, the first as follows");
            console.show(CandidateLine.table(answer.candidates()));
            console.say("");
        }
        console.show(layers(answer.layers()));
        console.say("");
        console.say(activations(answer.activations()));
        if (!answer.left().isEmpty()) {
            console.say("");
            console.say("Would be left unchanged");
            console.show(LeftLine.table(answer.left(), "  "));
        }
        console.say("");
        console.say("Recipe");
        answer.recipe().lines().forEach(line -> console.say("  " + line));
        console.say("");
        if (answer.costs() != null) {
            answer.costs().lines().forEach(console::say);
        }
        console.say("%s -> about %s (%sx), would be written to %s; nothing was compressed or written"
                .formatted(
                        Figures.bytes(answer.bytesBefore()),
                        Figures.bytes(answer.predictedBytes()),
                        Figures.decimal(answer.ratio(), 2),
                        answer.output()));
    }

    private static String layers(List<PlannedLayer> layers) {
        Table table = new Table("layer", "kind", ">weights", ">bits", ">bytes");
        for (PlannedLayer layer : layers) {
            table.row(
                    Figures.name(layer.name()),
                    layer.opType(),
                    Figures.shape(layer.shape()),
                    Figures.bits(layer.format()),
                    "%s -> %s".formatted(Figures.bytes(layer.bytesBefore()), Figures.bytes(layer.bytesAfter())));
        }
        return table.render("");
    }

    /** How many of how many bits; their names are for programs. */
    static String activations(List<PlannedActivation> activations) {
        if (activations.isEmpty()) {
            return "Activations stay in float.";
        }
        Map<Integer, Long> byBits = activations.stream()
                .collect(Collectors.groupingBy(PlannedActivation::bits, TreeMap::new, Collectors.counting()));
        String counts = byBits.entrySet().stream()
                .map(entry -> "%s to %d bits".formatted(Figures.count(entry.getValue()), entry.getKey()))
                .collect(Collectors.joining(", "));
        return "%s would be quantized: %s".formatted(Figures.plural(activations.size(), "activation"), counts);
    }
}
