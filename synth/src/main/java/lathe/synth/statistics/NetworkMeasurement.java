package lathe.synth.statistics;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import lathe.engine.graph.ChannelAffine;
import lathe.engine.graph.ClipBounds;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.MeasuredChannels;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Value;
import lathe.engine.grid.Histogram;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.pipeline.StatisticsSource.Statistics;
import lathe.engine.tensor.ElementType;
import lathe.synth.input.Feeds;
import lathe.synth.network.GraphSlice;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;

/**
 * Measures a graph by running it on its feeds, the first run done. A value that is a graph input is measured as it is
 * fed, a constant as it is; a value that is no float tensor, or that nothing at the top level of the graph writes, has
 * no entry in the result.
 */
final class NetworkMeasurement implements Measurement {

    /**
     * Without node fusion: it changes the last bits of a value, and which nodes are fused depends on the values that are
     * fetched. Not slower, because many values are fetched.
     */
    private static final NetworkOptions OPTIONS =
            NetworkOptions.DEFAULT.withOptimization(NetworkOptions.Optimization.NONE);

    /** Samples over which co-activations are counted: they are shares, and steady. */
    private static final int COACTIVATION_SAMPLES = 16;

    /** With fewer samples a mean is a guess, even if values are re-centred: it varies too much from sample to sample. */
    private static final int FEWEST_OF_MEAN = 16;

    private final Recentred recentred;
    private final Graph graph;
    private final Batching batching;
    private final Feeds feeds;
    private final int threads;
    private final long seed;
    private final List<String> assumptions;
    private final OutputError outputError;
    private final boolean meansKnown;
    private final Set<String> unseen = new LinkedHashSet<>();

    private NetworkMeasurement(
            Recentred recentred, boolean meansKnown, int threads, long seed, List<String> assumptions) {
        this.recentred = recentred;
        this.graph = recentred.graph();
        this.batching = recentred.batching();
        this.feeds = batching.feeds();
        this.threads = threads;
        this.seed = seed;
        this.assumptions = List.copyOf(assumptions);
        this.meansKnown = meansKnown && batching.samples() >= FEWEST_OF_MEAN;
        this.outputError = new OutputError(recentred, threads, OutputError.LARGEST_KEPT);
    }

    /**
     * Does the first run.
     *
     * @param source inputs for a graph
     * @param threads chunks that run at once; the result does not depend on it
     * @param seed decides which positions of a layer are looked at
     */
    static NetworkMeasurement open(Graph graph, Function<Graph, Feeds> source, int threads, long seed) {
        List<String> known = graph.statistics().keySet().stream().sorted().toList();
        Batching batching = Batching.of(graph, source, known);
        Recentred recentred = Recentred.of(batching, threads);
        return new NetworkMeasurement(
                recentred, recentred.corrected() > 0, threads, seed, assumptions(batching, assumption(recentred)));
    }

    /** Measures a graph under real inputs, which are not re-centred. */
    static NetworkMeasurement asFed(Graph graph, Function<Graph, Feeds> source, int threads, long seed) {
        Batching batching = Batching.of(graph, source, List.of());
        List<String> assumptions = assumptions(batching, "real inputs: used without re-centring");
        return new NetworkMeasurement(Recentred.none(batching), true, threads, seed, assumptions);
    }

    private static List<String> assumptions(Batching batching, String moments) {
        List<String> assumptions = new ArrayList<>(batching.feeds().assumptions());
        assumptions.add(moments);
        if (!batching.free() && batching.feeds().count() > 1) {
            assumptions.add(
                    "the network takes %d input%s per run".formatted(batching.unit(), batching.unit() == 1 ? "" : "s"));
        }
        return assumptions;
    }

    /** Measures a graph as it is. */
    static NetworkMeasurement of(Batching batching, List<String> assumptions, int threads, long seed) {
        return new NetworkMeasurement(Recentred.none(batching), false, threads, seed, assumptions);
    }

    private static String assumption(Recentred recentred) {
        if (recentred.corrected() == 0) {
            return "no BatchNormalization statistics in this file: no re-centring";
        }
        return "re-centred on the statistics of %d BatchNormalization%s"
                .formatted(recentred.corrected(), recentred.corrected() == 1 ? "" : "s");
    }

    @Override
    public Statistics measure(List<Layer> layers, Collection<String> values) {
        Map<String, LayerSink> grams = new LinkedHashMap<>();
        Map<String, HistogramSink> histograms = new LinkedHashMap<>();
        Map<String, List<Sink>> sinks = new LinkedHashMap<>();
        for (Layer layer : layers) {
            LayerSink sink = LayerSink.of(layer, seed);
            grams.put(layer.name(), sink);
            sinks.computeIfAbsent(LayerInputs.valueOf(layer), v -> new ArrayList<>())
                    .add(sink);
        }
        for (String value : values) {
            HistogramSink sink = new HistogramSink();
            if (histograms.putIfAbsent(value, sink) == null) {
                sinks.computeIfAbsent(value, v -> new ArrayList<>()).add(sink);
            }
        }
        run(LayerInputs.withAll(graph, layers), sinks, batching.samples());

        Map<String, InputStatistics> layerResults = new HashMap<>();
        grams.forEach((name, sink) ->
                sink.result().ifPresent(found -> layerResults.put(name, found.withMeansKnown(meansKnown))));
        for (Layer layer : layers) {
            if (!layerResults.containsKey(layer.name())
                    && graph.enclosing(layer.node()).isPresent()) {
                layerResults.put(layer.name(), InputStatistics.unseen(layer.groups(), layer.cols()));
                unseen.add(layer.name());
            }
        }
        Map<String, Histogram> valueResults = new HashMap<>();
        histograms.forEach((name, sink) -> sink.result().ifPresent(found -> valueResults.put(name, found)));
        return new Statistics(layerResults, valueResults);
    }

    @Override
    public Map<String, GramMatrix> coactivations(Map<String, ClipBounds> activations) {
        Map<String, CoactivationSink> counts = new LinkedHashMap<>();
        activations.forEach((value, bounds) -> counts.put(value, new CoactivationSink(value, bounds, seed)));
        Map<String, List<Sink>> sinks = new LinkedHashMap<>();
        counts.forEach((value, sink) -> sinks.put(value, List.of(sink)));
        int runs = (COACTIVATION_SAMPLES + batching.unit() - 1) / batching.unit();
        run(graph, sinks, Math.min(batching.samples(), runs * batching.unit()));
        Map<String, GramMatrix> results = new HashMap<>();
        counts.forEach((value, sink) -> sink.result().ifPresent(found -> results.put(value, found)));
        return results;
    }

    @Override
    public Map<String, MeasuredChannels> channelMoments(Map<String, Integer> axes) {
        Map<String, MomentSink> moments = new LinkedHashMap<>();
        axes.forEach((value, axis) -> moments.put(value, new MomentSink(axis)));
        Map<String, List<Sink>> sinks = new LinkedHashMap<>();
        moments.forEach((value, sink) -> sinks.put(value, List.of(sink)));
        run(graph, sinks, batching.samples());
        Map<String, MeasuredChannels> results = new HashMap<>();
        moments.forEach((value, sink) -> sink.result().ifPresent(found -> results.put(value, found)));
        return results;
    }

    private void run(Graph closed, Map<String, List<Sink>> wanted, int samples) {
        BodyValues values = new BodyValues(closed, wanted.keySet());
        Graph graph = values.graph();
        Map<String, List<Sink>> sinks = new LinkedHashMap<>();
        wanted.forEach((value, list) -> sinks.put(values.name(value), list));
        Map<String, List<Sink>> fed = new LinkedHashMap<>();
        Map<String, List<Sink>> computed = new LinkedHashMap<>();
        Set<String> inputs = graph.requiredInputs().stream()
                .filter(input -> input.type() == ElementType.FLOAT)
                .map(Value::name)
                .collect(Collectors.toSet());
        sinks.forEach((value, list) -> {
            if (graph.constant(value).isPresent()) {
                acceptConstant(graph.constant(value).get(), list);
            } else if (inputs.contains(value)) {
                fed.put(value, list);
            } else if (graph.producer(value).isPresent()) {
                computed.put(value, list);
            }
        });
        Optional<Network> loaded = computed.isEmpty() ? Optional.empty() : load(graph, computed);
        if (loaded.isPresent()) {
            try (Network network = loaded.get()) {
                new ChunkedRun(feeds, samples, batching.unit()) // the last bits depend on the samples of a run
                        .run(threads, new Gathering(network, computed, fed));
            }
        } else if (!fed.isEmpty()) {
            Gathering.feed(new ChunkedRun(feeds, samples, batching.unit()), fed);
        }
    }

    private static void acceptConstant(Initializer constant, List<Sink> sinks) {
        if (constant.type() == ElementType.FLOAT) {
            long[] dims = constant.dims().stream().mapToLong(Long::longValue).toArray();
            Tensor tensor = Tensor.of(constant.floats(), dims);
            sinks.forEach(sink -> sink.accept(new Sink.Chunk(0, 0, 1, 1), tensor));
        }
    }

    /** Loads what these values need, less those that turn out to hold no floats, which leave the map. */
    private static Optional<Network> load(Graph graph, Map<String, List<Sink>> computed) {
        try {
            return Optional.of(Network.of(GraphSlice.of(graph, computed.keySet()), OPTIONS));
        } catch (UnsupportedModelException e) {
            Network.of(graph, OPTIONS).close(); // throws if the network as such cannot run
            computed.keySet().removeIf(value -> !isFloat(graph, value));
            return computed.isEmpty()
                    ? Optional.empty()
                    : Optional.of(Network.of(GraphSlice.of(graph, computed.keySet()), OPTIONS));
        }
    }

    private static boolean isFloat(Graph graph, String value) {
        try (Network alone = Network.of(GraphSlice.of(graph, List.of(value)), OPTIONS)) {
            return alone.outputs().get(0).type() == ElementType.FLOAT;
        } catch (UnsupportedModelException e) {
            return false;
        }
    }

    @Override
    public Optional<InputStatistics> moments(Layer layer, Graph changed) {
        JointSink sink = new JointSink(layer, seed);
        List<String> value = List.of(layer.input());
        Graph corrected = recentred.applyTo(batching.with(changed).graph());
        try (Network before = Network.of(GraphSlice.of(graph, value), OPTIONS);
                Network after = Network.of(GraphSlice.of(corrected, value), OPTIONS)) {
            new ChunkedRun(feeds, batching.samples(), batching.unit()).run(threads, new ChunkedRun.Step() {
                @Override
                public void take(Sink.Chunk chunk, Map<String, Tensor> batch) {
                    Tensor x = before.run(batch, value).get(layer.input());
                    sink.accept(chunk, x, after.run(batch, value).get(layer.input()));
                }

                @Override
                public void abort() {
                    sink.abort();
                }
            });
        }
        return sink.result();
    }

    @Override
    public double outputError(Graph changed) {
        return outputError.of(changed);
    }

    @Override
    public Map<String, ChannelAffine> drift(Graph changed) {
        return recentred.corrected() == 0 ? Map.of() : recentred.drift(Recentred.of(batching.with(changed), threads));
    }

    @Override
    public List<String> assumptions() {
        if (unseen.isEmpty()) {
            return assumptions;
        }
        List<String> all = new ArrayList<>(assumptions);
        all.add("weights rounded one by one, since what these layers read inside of If, Loop or Scan was not measured: "
                + String.join(", ", unseen));
        return all;
    }

    @Override
    public void close() {
        // networks are closed where they are made
    }
}
