package lathe.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.grid.QuantGrid;
import lathe.engine.onnx.SourceHashes;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.pipeline.CompressionResult;
import lathe.engine.pipeline.LayerErrors;
import lathe.engine.pipeline.LayerOverride;
import lathe.engine.pipeline.MemoryBudget;
import lathe.engine.pipeline.NothingToCompressException;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.pipeline.StatisticsSource;
import lathe.engine.report.LayerReport;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.input.SynthKind;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.statistics.StatisticsSources;

/**
 * Checks a compressed network before it is written, on inputs that had no part in the compression, and lets layers fall
 * back until the gates hold: to 4 or 8 bits, then to FP32, those first that take most error away for the bytes they
 * add. What a step takes away is estimated from the layer's error as reported; each bit more quarters it.
 *
 * <p>The steps have one order, found before the first is taken. Twice as many are tried each time until the gates hold,
 * then the fewest that are enough are found by halving, so that a network of n layers is solved and checked O(log n)
 * times. Every network that is returned was checked itself.
 *
 * @param gates what must hold
 * @param comparison with the original, on fresh inputs
 * @param layerErrors fresh inputs to find layers' errors with
 * @param memory to find them in
 */
record Guard(Gates gates, OutputComparison comparison, StatisticsSource layerErrors, MemoryBudget memory) {

    static final CommandOption OPTION = CommandOption.flag(
            "guard",
            "check the result on fresh inputs before it is written, and let layers fall back to more bits or FP32 until it"
                    + " passes; one of the next three options turns this on, too, alone it means --min-snr "
                    + (int) Guard.DEFAULT_SNR);

    /** Where gates are asked for and none is named. */
    private static final double DEFAULT_SNR = 15;

    /** Neither the seed that {@code compress} takes nor those of {@code verify}, which stays an independent check. */
    static final long SEED = 2000;

    private static final String FALLBACKS = "lathe.guard.fallbacks";

    /** The gates that the options ask for; empty if they ask for no guard. */
    static Optional<Gates> gates(Arguments arguments) {
        Gates gates = Gates.of(arguments);
        if (gates.isEmpty()) {
            return arguments.has(OPTION.name()) ? Optional.of(Gates.ofSnr(DEFAULT_SNR)) : Optional.empty();
        }
        return Optional.of(gates);
    }

    /**
     * A network to be written.
     *
     * @param outcome of the guard; empty if there was none
     */
    record Guarded(CompressionResult result, Optional<GuardOutcome> outcome) {}

    /**
     * Compresses a network that the gates let pass.
     *
     * @throws CommandException if there is none in which a layer is still compressed
     */
    static Guarded compressed(
            Compression compression, Gates gates, Arguments arguments, Graph graph, ProgressListener progress) {
        int threads = compression.options().threads();
        InputOptions inputs = compression
                .inputs()
                .withSeed(SEED)
                .withImages(gates.imagesFor(OutputComparison.SEEDS))
                .withKind(SynthKind.IMAGES)
                .forChecks();
        StatisticsSource fresh = new AnnouncedSource(StatisticsSources.synthetic(inputs, threads), progress);
        List<InputPlan> sets = OutputComparison.sets(arguments, graph, inputs, OutputComparison.SEEDS);
        SourceHashes source = SourceHashes.of(graph);
        try (Network original = Network.of(graph, NetworkOptions.DEFAULT);
                CompressionPipeline.Opened opened = compression.open(graph, source, progress)) {
            OutputComparison comparison = new OutputComparison(original, sets, threads, progress);
            Guarded guarded =
                    new Guard(gates, comparison, fresh, compression.options().memory()).run(opened);
            return new Guarded(Compression.sealed(guarded.result(), source), guarded.outcome());
        }
    }

    /** One layer to its next level. */
    private record Step(LayerReport layer, int bits, boolean urgent, double gain, double bytes) {
        private double gainPerByte() {
            return bytes == 0 ? Double.POSITIVE_INFINITY : gain / bytes;
        }
    }

    /** A network with some layers fallen back, checked. */
    private record Tried(CompressionResult result, Map<String, Integer> bits, List<Gates.Verdict> verdicts) {
        private boolean passed() {
            return verdicts.stream().allMatch(Gates.Verdict::passed);
        }
    }

    /**
     * The network with the fewest steps that passes.
     *
     * @throws CommandException if none does in which a layer is still compressed
     */
    Guarded run(CompressionPipeline.Opened network) {
        Tried plain = tried(network, Map.of());
        if (plain.passed()) {
            return guarded(plain, plain, 1);
        }
        List<Step> steps = steps(plain.result());
        int checks = 1;
        int failed = 0;
        Optional<Tried> passed = Optional.empty();
        int taken = 1;
        while (passed.isEmpty()) {
            if (failed >= steps.size() - 1) {
                throw hopeless(plain);
            }
            taken = Math.min(2 * failed + 1, steps.size() - 1);
            passed = passing(network, steps, taken);
            checks++;
            failed = passed.isPresent() ? failed : taken;
        }
        while (taken - failed > 1) {
            int middle = (failed + taken) / 2;
            Optional<Tried> fewer = passing(network, steps, middle);
            checks++;
            if (fewer.isPresent()) {
                passed = fewer;
                taken = middle;
            } else {
                failed = middle;
            }
        }
        return guarded(plain, passed.get(), checks);
    }

    private Optional<Tried> passing(CompressionPipeline.Opened network, List<Step> steps, int count) {
        Map<String, Integer> bits = new LinkedHashMap<>();
        steps.subList(0, count).forEach(step -> bits.put(step.layer().layer(), step.bits()));
        try {
            return Optional.of(tried(network, bits)).filter(Tried::passed);
        } catch (NothingToCompressException e) {
            return Optional.empty(); // layers that share their weights fall back together
        }
    }

    /** Layers' errors as reported come first: to find them anew costs as much as to measure the network. */
    private Tried tried(CompressionPipeline.Opened network, Map<String, Integer> bits) {
        CompressionResult result = network.solve(bits);
        List<OutputFigures> outputs;
        try (Network changed = Network.of(result.graph(), NetworkOptions.DEFAULT)) {
            outputs = widened(comparison.with(changed));
        }
        Map<String, Double> errors = new LinkedHashMap<>();
        result.report().layers().forEach(layer -> errors.put(layer.layer(), layer.error()));
        Tried tried = new Tried(result, bits, gates.judge(outputs, errors));
        if (tried.passed() && gates.maxLayerError().isPresent()) {
            LayerErrors.of(network.prepared(), result.graph(), layerErrors, memory)
                    .forEach((layer, error) -> errors.put(layer, error.relative()));
            tried = new Tried(result, bits, gates.judge(outputs, errors));
        }
        return tried;
    }

    /** The fewest steps are chosen that just pass; with a margin, {@code verify} on other inputs lets them pass, too. */
    private static List<OutputFigures> widened(List<OutputFigures> outputs) {
        return outputs.stream().map(OutputFigures::widened).toList();
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
        double limit = gates.maxLayerError().orElse(Double.POSITIVE_INFINITY);
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

    private Guarded guarded(Tried plain, Tried chosen, int checks) {
        Map<String, Integer> after = new LinkedHashMap<>();
        chosen.result().report().layers().forEach(layer -> after.put(layer.layer(), layer.bits()));
        List<GuardOutcome.Fallback> fallbacks = plain.result().report().layers().stream()
                .map(layer -> new GuardOutcome.Fallback(
                        layer.layer(), layer.bits(), after.getOrDefault(layer.layer(), LayerOverride.FLOAT)))
                .filter(fallback -> fallback.fromBits() != fallback.toBits() || !after.containsKey(fallback.layer()))
                .toList();
        GuardOutcome outcome = new GuardOutcome(chosen.verdicts(), comparison.inputs(), checks, fallbacks);
        return new Guarded(noted(chosen.result(), fallbacks), Optional.of(outcome));
    }

    private static CompressionResult noted(CompressionResult result, List<GuardOutcome.Fallback> fallbacks) {
        if (fallbacks.isEmpty()) {
            return result;
        }
        String text = String.join(
                "\n",
                fallbacks.stream()
                        .map(fallback -> "%s %d".formatted(fallback.layer(), fallback.toBits()))
                        .toList());
        return new CompressionResult(
                result.graph().edit().metadata(FALLBACKS, text).build(), result.report());
    }

    private static CommandException hopeless(Tried plain) {
        return CommandException.gateFailed(
                "the guard lets nothing pass: every layer would have to stay in FP32, so nothing was written (at first: %s)"
                        .formatted(Gates.failures(plain.verdicts())));
    }
}
