package lathe.synth.comparison;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Value;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.pipeline.Workers;
import lathe.synth.input.InputPlan;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;

/**
 * Compares networks with one original, on several sets of inputs: synthetic ones that differ in their seeds, or
 * real ones. Sets run side by side, the networks with one thread each; the result does not depend on how many. Inputs and the original's outputs are
 * kept for the next network, as far as there is room. For one caller at a time.
 */
public final class OutputComparison {

    /** Sets of inputs, by default. */
    public static final int SEEDS = 5;

    /** Inputs of a set, by default. */
    public static final int IMAGES = 64;

    /** Numbers that may be kept: 128 MB. */
    private static final long ROOM = 32L << 20;

    private final Network original;
    private final Graph graph;
    private final Map<String, SquashedOutput> squashed;
    private final List<InputPlan> sets;
    private final int threads;
    private final ProgressListener progress;
    private final List<List<Example>> kept = new ArrayList<>();
    /** Outputs whose size depends on the numbers in them, and differed in a run. */
    private final Set<String> incomparable = new ConcurrentSkipListSet<>();

    private final AtomicLong room = new AtomicLong(ROOM);

    /**
     * Makes no inputs yet.
     *
     * @param original what others are compared with; not closed here
     * @param graph the same as a graph
     * @param sets the inputs, one plan a seed, scaled alike
     * @param threads sets at once
     * @param progress told of every input
     */
    public OutputComparison(
            Network original, Graph graph, List<InputPlan> sets, int threads, ProgressListener progress) {
        this.original = original;
        this.graph = graph;
        this.squashed = SquashedOutput.of(graph);
        this.sets = List.copyOf(sets);
        this.threads = threads;
        this.progress = progress;
        sets.forEach(set -> kept.add(new ArrayList<>()));
    }

    /** What one run is fed, and what the original makes of it. */
    private record Example(Map<String, Tensor> fed, Map<String, Tensor> wanted) {
        private long elements() {
            return Stream.of(fed, wanted)
                    .flatMap(tensors -> tensors.values().stream())
                    .mapToLong(Tensor::size)
                    .sum();
        }
    }

    /** The first set of inputs. */
    public InputPlan firstSet() {
        return sets.get(0);
    }

    /** Inputs of all sets together. */
    public long inputs() {
        return sets.stream().mapToLong(InputPlan::count).sum();
    }

    /**
     * What every output of the original has become in another network. One of which a part hardly varies on these
     * inputs is measured before its last Sigmoid or Softmax, where both networks have that.
     *
     * @param changed runs the other network
     * @param other the same as a graph
     * @return in the order of the original's outputs, without those that could not be compared
     * @throws IllegalArgumentException if there is a {@link #mismatch}
     */
    public List<OutputFigures> with(Network changed, Graph other) {
        List<OutputFigures> figures = figures(changed, sets.size());
        Map<String, SquashedOutput> others = SquashedOutput.of(other);
        List<OutputFigures> judged = new ArrayList<>();
        for (OutputFigures output : figures) {
            SquashedOutput here = squashed.get(output.name());
            SquashedOutput there = others.get(output.name());
            boolean seen = output.judged().complete()
                    || here == null
                    || there == null
                    || here.before().size() != there.before().size();
            judged.add(seen ? output : output.with(output.judged().withBefore(before(here, there, other), here)));
        }
        return judged;
    }

    private List<OutputFigures> before(SquashedOutput here, SquashedOutput there, Graph other) {
        Graph exposed = SquashedOutput.exposing(graph, here.before());
        try (Network wanted = Network.of(exposed, NetworkOptions.DEFAULT);
                Network got = Network.of(SquashedOutput.exposing(other, there.before()), NetworkOptions.DEFAULT)) {
            return new OutputComparison(wanted, exposed, sets, threads, progress).figures(got, sets.size());
        }
    }

    /** Signal to noise of every output of another network on the first set, in dB, by name. */
    public Map<String, Double> onFirstSet(Network changed) {
        Map<String, Double> decibels = new LinkedHashMap<>();
        figures(changed, 1)
                .forEach(output ->
                        decibels.put(output.name(), output.signalToNoise().value()));
        return decibels;
    }

    private List<OutputFigures> figures(Network changed, int count) {
        checkSameNetwork(changed);
        progress.begin(
                "comparing",
                sets.stream().limit(count).mapToLong(InputPlan::count).sum());
        try (Workers workers = new Workers(Math.min(threads, count), "outputs were compared")) {
            List<Supplier<Map<String, OutputAgreement>>> running = IntStream.range(0, count)
                    .mapToObj(set -> workers.start(() -> compare(set, changed)))
                    .toList();
            Map<String, List<OutputAgreement>> byOutput = new LinkedHashMap<>();
            for (Supplier<Map<String, OutputAgreement>> set : running) {
                set.get()
                        .forEach((name, found) -> byOutput.computeIfAbsent(name, n -> new ArrayList<>())
                                .add(found));
            }
            byOutput.keySet().removeAll(incomparable);
            return byOutput.entrySet().stream()
                    .map(entry -> OutputFigures.of(
                            entry.getKey(), entry.getValue(), Optional.ofNullable(squashed.get(entry.getKey()))))
                    .toList();
        }
    }

    /** A line on each output that could not be compared so far: its size depends on the numbers in it, and differed. */
    public List<String> incomparable() {
        return incomparable.stream()
                .map("output '%s' was not compared: its size depends on the numbers in it, and differed"::formatted)
                .toList();
    }

    private Map<String, OutputAgreement> compare(int index, Network changed) {
        Map<String, OutputAgreement> agreements = new LinkedHashMap<>();
        InputPlan set = sets.get(index);
        int step = set.fixedBatch().orElse(1);
        for (int run = 0; run * step < set.count(); run++) {
            Example example = example(index, run, step);
            Map<String, Tensor> result =
                    changed.run(example.fed(), example.wanted().keySet());
            example.wanted().forEach((name, tensor) -> {
                OutputAgreement agreement = agreements.computeIfAbsent(name, n -> new OutputAgreement());
                if (tensor.size() != result.get(name).size() && isOpen(name)) {
                    incomparable.add(name);
                } else {
                    agreement.add(tensor, result.get(name));
                }
            });
            for (int i = 0; i < step; i++) {
                progress.step();
            }
        }
        return agreements;
    }

    /** True if the file leaves the size of an output open. */
    private boolean isOpen(String output) {
        return original.outputs().stream()
                .filter(value -> value.name().equals(output))
                .flatMap(value -> value.dims().stream())
                .flatMap(List::stream)
                .anyMatch(dim -> dim.extent().isEmpty());
    }

    private Example example(int index, int run, int step) {
        List<Example> known = kept.get(index);
        if (run < known.size()) {
            return known.get(run);
        }
        Map<String, Tensor> fed = sets.get(index).batch(run * step, step);
        Example made = new Example(fed, original.run(fed));
        if (run == known.size() && room.addAndGet(-made.elements()) >= 0) {
            known.add(made);
        }
        return made;
    }

    /** What both networks are fed in one run: the first of the first set. */
    public Map<String, Tensor> oneRun() {
        InputPlan set = sets.get(0);
        return set.batch(0, set.fixedBatch().orElse(1));
    }

    private void checkSameNetwork(Network changed) {
        String mismatch = mismatch(changed);
        if (!mismatch.isEmpty()) {
            throw new IllegalArgumentException(mismatch);
        }
    }

    /** Why another network cannot be compared with the original: what it is fed or gives differs; empty if it can. */
    public String mismatch(Network changed) {
        List<String> inputs = original.inputs().stream().map(Value::name).toList();
        List<String> others = changed.inputs().stream().map(Value::name).toList();
        if (!inputs.equals(others)) {
            return "the models take different inputs, %s and %s; they are not versions of one network"
                    .formatted(inputs, others);
        }
        List<String> known = changed.outputs().stream().map(Value::name).toList();
        return original.outputs().stream()
                .map(Value::name)
                .filter(name -> !known.contains(name))
                .findFirst()
                .map(name -> "the second model has no output '%s', only %s; they are not versions of one network"
                        .formatted(name, known))
                .orElse("");
    }
}
