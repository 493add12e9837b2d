package lathe.cli.commands;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lathe.cli.options.Gates;
import lathe.cli.options.InputSettings;
import lathe.cli.report.GuardOutcome;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.engine.graph.Graph;
import lathe.engine.grid.QuantGrid;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.pipeline.CompressionResult;
import lathe.engine.pipeline.Fallbacks;
import lathe.engine.pipeline.LayerErrors;
import lathe.engine.pipeline.LayerOverride;
import lathe.engine.pipeline.MemoryBudget;
import lathe.engine.pipeline.NothingToCompressException;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.pipeline.StatisticsSource;
import lathe.engine.report.LayerReport;
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
 * then to FP32, those first that take most error away for the bytes they add. What a step takes away is estimated from the
 * layer's error as reported; each bit more quarters it.
 *
 * <p>The steps of layers have one order, found before the first is taken. Twice as many are tried each time until the
 * network passes, then the fewest that are enough are found by halving, so that a network of n layers is solved and
 * checked O(log n) times. Every network that is returned was checked itself.
 *
 * @param judge says what passes
 * @param comparison with the original, on fresh inputs
 * @param layerErrors fresh inputs to find layers' errors with, where these are limited
 * @param memory to find them in
 */
record FallbackSearch(Judge judge, OutputComparison comparison, StatisticsSource layerErrors, MemoryBudget memory) {

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
        int threads = compression.options().threads();
        InputOptions inputs = compression
                .inputs()
                .withSeed(judge.plan().seed())
                .withImages(judge.plan().images())
                .withKind(SynthKind.IMAGES)
                .forChecks();
        List<InputPlan> sets =
                InputSettings.sets(arguments, graph, inputs, judge.plan().sets());
        return new FallbackSearch(
                judge,
                new OutputComparison(original, graph, sets, threads, progress),
                new AnnouncedSource(StatisticsSources.synthetic(inputs, threads), progress),
                compression.options().memory());
    }

    /** A network with some parts fallen back. */
    record Solved(CompressionResult result, Fallbacks fallbacks) {
        static Solved of(CompressionPipeline.Opened network, Fallbacks fallbacks) {
            return new Solved(network.solve(fallbacks), fallbacks);
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

    /** One layer to its next level. */
    private record Step(LayerReport layer, int bits, boolean urgent, double gain, double bytes) {
        private double gainPerByte() {
            return bytes == 0 ? Double.POSITIVE_INFINITY : gain / bytes;
        }
    }

    /**
     * The network with the fewest steps that passes.
     *
     * @param start where the search starts
     * @throws CommandException if none does in which a layer is still compressed
     */
    Found run(CompressionPipeline.Opened network, Solved start) {
        Checked plain = checked(network, start);
        if (plain.passed()) {
            return found(plain, plain, 1);
        }
        Checked base = plain;
        int checks = 1;
        if (judge.plan().activationsFirst()
                && !start.result().report().activations().isEmpty()) {
            base = checked(network, Solved.of(network, start.fallbacks().withFloatActivations()));
            checks++;
            if (base.passed()) {
                return found(plain, base, checks);
            }
        }
        List<Step> steps = steps(base.solved().result());
        Fallbacks from = base.solved().fallbacks();
        int failed = 0;
        Optional<Checked> passed = Optional.empty();
        int taken = 1;
        while (passed.isEmpty()) {
            if (failed >= steps.size() - 1) {
                throw judge.hopeless(Gates.failures(plain.verdicts()));
            }
            taken = Math.min(2 * failed + 1, steps.size() - 1);
            passed = passing(network, from, steps, taken);
            checks++;
            failed = passed.isPresent() ? failed : taken;
        }
        while (taken - failed > 1) {
            int middle = (failed + taken) / 2;
            Optional<Checked> fewer = passing(network, from, steps, middle);
            checks++;
            if (fewer.isPresent()) {
                passed = fewer;
                taken = middle;
            } else {
                failed = middle;
            }
        }
        return found(plain, passed.get(), checks);
    }

    private Optional<Checked> passing(CompressionPipeline.Opened network, Fallbacks from, List<Step> steps, int count) {
        Map<String, Integer> bits = new LinkedHashMap<>();
        steps.subList(0, count).forEach(step -> bits.put(step.layer().layer(), step.bits()));
        try {
            return Optional.of(checked(network, Solved.of(network, from.with(bits))))
                    .filter(Checked::passed);
        } catch (NothingToCompressException e) {
            return Optional.empty(); // layers that share their weights fall back together
        }
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
        List<OutputFigures> outputs;
        try (Network changed = Network.of(result.graph(), NetworkOptions.DEFAULT)) {
            outputs = comparison.with(changed, result.graph());
        }
        if (judge.needsOutputs()) {
            checkComparable(comparison, outputs);
        }
        Map<String, Double> errors = new LinkedHashMap<>();
        result.report().layers().forEach(layer -> errors.put(layer.layer(), layer.error()));
        Checked checked = new Checked(solved, outputs, judge.judge(outputs, errors));
        if (checked.passed() && judge.plan().maxLayerError().isPresent()) {
            LayerErrors.of(network.prepared(), result.graph(), layerErrors, memory)
                    .forEach((layer, error) -> errors.put(layer, error.relative()));
            checked = new Checked(solved, outputs, judge.judge(outputs, errors));
        }
        return checked;
    }

    private List<Step> steps(CompressionResult plain) {
        return plain.report().layers().stream()
                .flatMap(this::steps)
                .sorted(Comparator.comparing((Step step) -> !step.urgent())
                        .thenComparing(
                                Comparator.comparingDouble(Step::gainPerByte).reversed())
                        .thenComparing(Comparator.comparingDouble(Step::gain).reversed()))
                .toList();
    }

    /** More bits bring zeros back in no layer: a pruned one has only FP32 to fall back to. */
    private Stream<Step> steps(LayerReport layer) {
        List<Step> steps = new ArrayList<>();
        double limit = judge.plan().maxLayerError().orElse(Double.POSITIVE_INFINITY);
        long weights = layer.shape().stream().reduce(1L, (a, b) -> a * b);
        double error = layer.error();
        int bits = layer.bits();
        for (int next :
                IntStream.of(4, QuantGrid.MOST_BITS, LayerOverride.FLOAT).toArray()) {
            boolean last = next == LayerOverride.FLOAT;
            if (last || (!layer.pruned() && next > bits)) {
                double left = last ? 0 : error * Math.pow(4, bits - next);
                double bytes = weights * (storage(next) - storage(bits)) / 8.0;
                steps.add(new Step(layer, next, error > limit, error - left, bytes));
                error = left;
                bits = next;
            }
        }
        return steps.stream();
    }

    private static int storage(int bits) {
        return bits <= 2 ? 2 : bits <= 4 ? 4 : bits <= QuantGrid.MOST_BITS ? 8 : LayerOverride.FLOAT;
    }

    private Found found(Checked plain, Checked chosen, int checks) {
        Map<String, Integer> after = new LinkedHashMap<>();
        chosen.solved().result().report().layers().forEach(layer -> after.put(layer.layer(), layer.bits()));
        List<GuardOutcome.Fallback> fallbacks = plain.solved().result().report().layers().stream()
                .map(layer -> new GuardOutcome.Fallback(
                        layer.layer(), layer.bits(), after.getOrDefault(layer.layer(), LayerOverride.FLOAT)))
                .filter(fallback -> fallback.fromBits() != fallback.toBits() || !after.containsKey(fallback.layer()))
                .toList();
        boolean activations = chosen.solved().fallbacks().floatActivations()
                && !plain.solved().fallbacks().floatActivations();
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
