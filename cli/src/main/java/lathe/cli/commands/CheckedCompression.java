package lathe.cli.commands;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;
import lathe.cli.commands.FallbackSearch.Checked;
import lathe.cli.commands.FallbackSearch.Found;
import lathe.cli.commands.FallbackSearch.Solved;
import lathe.cli.commands.TargetSearch.Goal;
import lathe.cli.options.ChannelSettings;
import lathe.cli.options.Gates;
import lathe.cli.options.SynthSettings;
import lathe.cli.options.TargetSettings;
import lathe.cli.options.TargetSettings.Target;
import lathe.cli.report.Fidelity;
import lathe.cli.report.GuardOutcome;
import lathe.cli.report.RunReport;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.Figures;
import lathe.engine.allocate.Assignment;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.onnx.SourceHashes;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.pipeline.CompressionResult;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.task.LayerConfig;
import lathe.engine.twin.FloatTwin;
import lathe.synth.comparison.OutputFigures;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;

/**
 * A compressed network, checked on fresh inputs before it is written.
 *
 * @param result sealed
 * @param checks what was found
 */
record CheckedCompression(CompressionResult result, RunReport.Checks checks) {

    /** Where a compressed model notes what fell back: a layer and its bits a line. */
    private static final String FALLBACKS = "lathe.fallbacks";

    private static final String NO_SMALLER =
            "with its weights in float the network gets no smaller: neither folding nor channels that carry nothing save a byte; leave"
                    + " out --weights float, or add --prune-channels 10%, --sparsity 0.5, or --channel-block 1 for single channels";

    private static final String FAILED_IN_FLOAT =
            "with %s the network has %s dB before it is quantized, below the minimum of %s, so nothing was written; %s loses less, and"
                    + " --fallback none writes the result anyway";

    private static final String WEAK =
            "output '%s' has an SNR of %s dB on fresh inputs, so some decisions will differ; %s";

    /**
     * Compresses a network, first as the gates ask, then so that every output reaches the minimum SNR.
     *
     * @throws CommandException if no network passes in which a layer is still compressed
     */
    static CheckedCompression of(
            Compression compression, Arguments arguments, Graph graph, long bytesBefore, ProgressListener progress) {
        SourceHashes source = SourceHashes.of(graph);
        Optional<Target> target = TargetSettings.of(arguments);
        try (Network original = Network.of(graph, NetworkOptions.DEFAULT)) {
            Goal goal = Goal.of(target.orElse(Target.NONE), compression, graph, source, bytesBefore);
            ChannelSearch.Found network = new ChannelSearch(goal, arguments, original, progress).run();
            try (CompressionPipeline.Opened opened = network.opened()) {
                FallbackSearch search =
                        FallbackSearch.of(new Floor(), compression, arguments, original, graph, progress);
                if (!compression.options().changesWeights()) {
                    checkSmaller(opened.prepared(), graph);
                }
                if (compression.channels().isLossy() && Floor.fallsBack(arguments) && target.isEmpty()) {
                    checkUnquantized(opened.prepared(), search, compression.channels());
                }
                Optional<TargetSearch> targets = target.map(wanted -> TargetSearch.of(goal, opened, search));
                boolean weighs =
                        SynthSettings.isHigh(arguments) && compression.inputs().isTrusted(opened.prepared());
                Optional<Assignment> allocated = targets.map(found -> weighs ? found.runWeighing() : found.run());
                Solved solved = Solved.of(opened, allocated.orElse(Assignment.AS_ASKED));
                Optional<Found> guarded = Optional.empty();
                Optional<Gates> gates = Guard.gates(arguments);
                if (gates.isPresent()) {
                    guarded = Optional.of(
                            FallbackSearch.of(new Guard(gates.get()), compression, arguments, original, graph, progress)
                                    .run(opened, solved));
                    solved = guarded.get().network().solved();
                }
                Found found = Floor.fallsBack(arguments) && allocated.isEmpty()
                        ? search.run(opened, solved)
                        : asItIs(search, opened, solved);
                Checked checked = found.network();
                boolean statistics = !opened.prepared().statistics().isEmpty();
                Fidelity fidelity =
                        Fidelity.of(search.comparison().firstSet(), Floor.SEED, statistics, checked.outputs());
                List<String> warnings = new ArrayList<>(network.notes());
                warnings.addAll(search.comparison().incomparable());
                if (gates.isEmpty() && allocated.isEmpty()) {
                    weak(fidelity, compression.channels()).ifPresent(warnings::add);
                }
                return new CheckedCompression(
                        Compression.sealed(noted(checked.solved(), allocated.isPresent(), warnings), source),
                        new RunReport.Checks(
                                guarded.map(Found::outcome),
                                found.outcome(),
                                fidelity,
                                allocated
                                        .map(chosen -> targets.get().upgrades(chosen))
                                        .orElse(List.of())));
            }
        }
    }

    /** Where only rewrites change a network, they may find nothing to do. */
    private static void checkSmaller(Graph network, Graph original) {
        if (OnnxWriter.size(network) >= OnnxWriter.size(FloatTwin.of(original).graph())) {
            throw CommandException.impossible(NO_SMALLER, null);
        }
    }

    /** More bits do not help a network that fails in float. */
    private static void checkUnquantized(Graph network, FallbackSearch search, ChannelSettings channels) {
        OptionalDouble decibels = OutputFigures.leastDecibels(FallbackSearch.outputs(search.comparison(), network));
        if (decibels.isPresent() && decibels.getAsDouble() < Floor.DECIBELS) {
            throw CommandException.gateFailed(FAILED_IN_FLOAT.formatted(
                    channels.text(),
                    Figures.decimal(decibels.getAsDouble(), 1),
                    Figures.decimal(Floor.DECIBELS, 0),
                    channels.milder()));
        }
    }

    /** What is said where nobody asked for a quality, and a guard would not have let it pass. */
    private static Optional<String> weak(Fidelity fidelity, ChannelSettings channels) {
        return fidelity.worst()
                .filter(output -> output.judged().signalToNoiseDb() < Guard.DEFAULT_SNR)
                .map(output -> WEAK.formatted(
                        output.name(),
                        Figures.decimal(output.judged().signalToNoiseDb(), 1),
                        channels.isLossy()
                                ? channels.milder() + " loses less"
                                : "--guard gives layers more bits until it has %d".formatted((int) Guard.DEFAULT_SNR)));
    }

    private static Found asItIs(FallbackSearch search, CompressionPipeline.Opened opened, Solved solved) {
        Checked checked = search.checked(opened, solved);
        return new Found(
                checked,
                new GuardOutcome(
                        checked.verdicts(),
                        Gates.failures(checked.verdicts()),
                        search.comparison().inputs(),
                        1,
                        false,
                        List.of()));
    }

    private static CompressionResult noted(Solved solved, boolean allocated, List<String> warnings) {
        List<String> lines = new ArrayList<>();
        if (solved.assignment().floatActivations()) {
            lines.add("activations float");
        }
        Map<String, LayerConfig> fallen =
                allocated ? Map.of() : solved.assignment().configs();
        fallen.forEach((layer, config) -> lines.add("%s %d".formatted(layer, config.bits())));
        CompressionResult result = new CompressionResult(
                solved.result().graph(), solved.result().report().withWarnings(warnings));
        return lines.isEmpty()
                ? result
                : new CompressionResult(
                        result.graph()
                                .edit()
                                .metadata(FALLBACKS, String.join("\n", lines))
                                .build(),
                        result.report());
    }

    /** The same with another result, such as one with more to know of it. */
    CheckedCompression with(UnaryOperator<CompressionResult> change) {
        return new CheckedCompression(change.apply(result), checks);
    }
}
