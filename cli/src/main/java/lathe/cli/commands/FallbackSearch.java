package lathe.cli.commands;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import lathe.cli.options.Gates;
import lathe.cli.options.InputSettings;
import lathe.cli.report.GuardOutcome;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.engine.allocate.Allocator;
import lathe.engine.allocate.Assignment;
import lathe.engine.allocate.FallbackAllocator;
import lathe.engine.graph.Graph;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.pipeline.CompressionResult;
import lathe.engine.pipeline.LayerErrors;
import lathe.engine.pipeline.MemoryBudget;
import lathe.engine.pipeline.NothingToCompressException;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.pipeline.StatisticsSource;
import lathe.engine.target.Target;
import lathe.synth.comparison.OutputComparison;
import lathe.synth.comparison.OutputFigures;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.input.SynthKind;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.statistics.StatisticsSources;

/**
 * Lets a network fall back until it passes: first, where asked for, its activations to float; then layers to 4 or 8 bits,
 * then to FP32, as a {@link FallbackAllocator} chooses them. Every network that is returned was checked itself.
 *
 * @param judge says what passes
 * @param comparison with the original, on fresh inputs
 * @param target that networks are written for
 * @param layerErrors fresh inputs to find layers' errors with, where these are limited
 * @param memory to find them in
 */
record FallbackSearch(
        Judge judge, OutputComparison comparison, Target target, StatisticsSource layerErrors, MemoryBudget memory) {

    /**
     * How a network is checked.
     *
     * @param seed of the first set of inputs
     * @param sets of synthetic inputs
     * @param images of a set
     * @param activationsFirst true to leave all activations in float before any layer falls back
     * @param maxLayerError share of its output's energy that any layer may lose; empty if that is not limited
     */
    record Plan(long seed, int sets, int images, boolean activationsFirst, OptionalDouble maxLayerError) {}

    /** What a network must keep. */
    interface Judge {
        /** On which inputs, and in which order. */
        Plan plan();

        /**
         * Judges a network.
         *
         * @param layers error by name
         */
        List<Gates.Verdict> judge(List<OutputFigures> outputs, Map<String, Double> layers);

        /** True if nothing can be said of a network none of whose outputs can be compared. */
        boolean needsOutputs();

        /** The failure of a network that passes with no layer compressed. */
        CommandException hopeless(String atFirst);
    }

    /**
     * A search on inputs that had no part in the compression, made as its own were.
     *
     * @param original what was compressed, as a network and as a graph
     */
    static FallbackSearch of(
            Judge judge,
            Compression compression,
            Arguments arguments,
            Network original,
            Graph graph,
            ProgressListener progress) {
        InputOptions inputs = inputs(judge.plan(), compression);
        return new FallbackSearch(
                judge,
                comparison(judge.plan(), compression, arguments, original, graph, progress),
                compression.target(),
                new AnnouncedSource(
                        StatisticsSources.synthetic(
                                inputs, compression.options().threads()),
                        progress),
                compression.options().memory());
    }

    private static InputOptions inputs(Plan plan, Compression compression) {
        return compression
                .inputs()
                .withSeed(plan.seed())
                .withImages(plan.images())
                .withKind(SynthKind.IMAGES)
                .forChecks();
    }

    /** A comparison with the original on the inputs of a plan. */
    static OutputComparison comparison(
            Plan plan,
            Compression compression,
            Arguments arguments,
            Network original,
            Graph graph,
            ProgressListener progress) {
        List<InputPlan> sets = InputSettings.sets(arguments, graph, inputs(plan, compression), plan.sets());
        return new OutputComparison(original, graph, sets, compression.options().threads(), progress);
    }

    /** What a changed network's outputs are, beside the original's. Loads it, and runs it on all inputs. */
    static List<OutputFigures> outputs(OutputComparison comparison, Graph graph) {
        try (Network changed = Network.of(graph, NetworkOptions.DEFAULT)) {
            return comparison.with(changed, graph);
        }
    }

    /** A compressed network, and how its layers were. */
    record Solved(CompressionResult result, Assignment assignment) {
        static Solved of(CompressionPipeline.Opened network, Assignment assignment) {
            return new Solved(network.solve(assignment), assignment);
        }
    }

    /** A network that was checked. */
    record Checked(Solved solved, List<OutputFigures> outputs, List<Gates.Verdict> verdicts) {
        boolean passed() {
            return verdicts.stream().allMatch(Gates.Verdict::passed);
        }
    }

    /** The network that passes, and how it was found. */
    record Found(Checked network, GuardOutcome outcome) {}

    /** Keeps the last network that passed, and counts. */
    private final class Checks implements Allocator.Check {
        private final CompressionPipeline.Opened network;
        private Checked passed;
        private int count;

        Checks(CompressionPipeline.Opened network) {
            this.network = network;
        }

        Checked check(Solved solved) {
            count++;
            Checked checked = checked(network, solved);
            passed = checked.passed() ? checked : passed;
            return checked;
        }

        @Override
        public boolean passes(Assignment assignment) {
            try {
                return check(Solved.of(network, assignment)).passed();
            } catch (NothingToCompressException e) {
                return false; // layers that share their weights fall back together
            }
        }
    }

    /**
     * The network with the fewest steps that passes.
     *
     * @param start where the search starts
     * @throws CommandException if none does in which a layer is still compressed
     */
    Found run(CompressionPipeline.Opened network, Solved start) {
        Checks checks = new Checks(network);
        Checked plain = checks.check(start);
        Checked base = plain;
        if (!plain.passed()
                && judge.plan().activationsFirst()
                && !start.result().report().activations().isEmpty()) {
            base = checks.check(Solved.of(network, start.assignment().withFloatActivations()));
        }
        if (!base.passed()) {
            Assignment from = base.solved().assignment();
            Optional<Assignment> chosen = new FallbackAllocator(
                            judge.plan().maxLayerError().orElse(Double.POSITIVE_INFINITY))
                    .allocate(from, network.fallbacks(from, base.solved().result()), checks);
            if (chosen.isEmpty()) {
                throw judge.hopeless(Gates.failures(plain.verdicts()));
            }
        }
        return found(plain, checks.passed, checks.count);
    }

    /** @throws CommandException if no output was left to compare, so that nothing can be said of them */
    static void checkComparable(OutputComparison comparison, List<OutputFigures> outputs) {
        if (outputs.isEmpty() && !comparison.incomparable().isEmpty()) {
            throw CommandException.impossible(
                    "no output can be compared: " + String.join("; ", comparison.incomparable()), null);
        }
    }

    /** Layers' errors as reported come first: to find them anew costs as much as to measure the network. */
    Checked checked(CompressionPipeline.Opened network, Solved solved) {
        CompressionResult result = solved.result();
        List<OutputFigures> outputs = outputs(comparison, result.graph());
        if (judge.needsOutputs()) {
            checkComparable(comparison, outputs);
        }
        Map<String, Double> errors = new LinkedHashMap<>();
        result.report().layers().forEach(layer -> errors.put(layer.layer(), layer.error()));
        Checked checked = new Checked(solved, outputs, judge.judge(outputs, errors));
        if (checked.passed() && judge.plan().maxLayerError().isPresent()) {
            LayerErrors.of(network.prepared(), result.graph(), target, layerErrors, memory)
                    .errors()
                    .forEach((layer, error) -> errors.put(layer, error.relative()));
            checked = new Checked(solved, outputs, judge.judge(outputs, errors));
        }
        return checked;
    }

    private Found found(Checked plain, Checked chosen, int checks) {
        Map<String, Integer> after = new LinkedHashMap<>();
        chosen.solved().result().report().layers().forEach(layer -> after.put(layer.layer(), layer.bits()));
        List<GuardOutcome.Fallback> fallbacks = plain.solved().result().report().layers().stream()
                .map(layer -> new GuardOutcome.Fallback(
                        layer.layer(), layer.bits(), after.getOrDefault(layer.layer(), Float.SIZE)))
                .filter(fallback -> fallback.fromBits() != fallback.toBits() || !after.containsKey(fallback.layer()))
                .toList();
        boolean activations = chosen.solved().assignment().floatActivations()
                && !plain.solved().assignment().floatActivations();
        return new Found(
                chosen,
                new GuardOutcome(
                        chosen.verdicts(),
                        plain.passed() ? "" : Gates.failures(plain.verdicts()),
                        comparison.inputs(),
                        checks,
                        activations,
                        fallbacks));
    }
}
