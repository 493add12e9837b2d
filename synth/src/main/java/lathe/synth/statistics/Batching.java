package lathe.synth.statistics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import lathe.synth.input.Feeds;
import lathe.synth.network.GraphSlice;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;

/**
 * How many samples a graph takes in one run. A file may fix the batch to 1 and still compute every sample by itself,
 * so the first axis of its inputs is opened, and two samples in one run are compared with one at a time. Where they
 * differ, or the run fails, the graph is run as the file has it, with as many samples as the file says.
 *
 * @param graph the graph to run, its batch opened if it takes any number of samples
 * @param feeds inputs for this graph
 * @param free true if it takes any number of samples
 * @param unit samples of a run where the number is not free, else 1
 * @param shapes of the probed values for {@code unit} samples
 */
record Batching(Graph graph, Feeds feeds, boolean free, int unit, Map<String, long[]> shapes) {

    private static final float TOLERANCE = 1e-3f;

    /**
     * Tries out what the graph takes; runs it on up to four samples.
     *
     * @param source inputs for a graph
     * @param values float values written by nodes, whose shapes are wanted
     */
    static Batching of(Graph graph, Function<Graph, Feeds> source, Collection<String> values) {
        Set<String> probed = new LinkedHashSet<>(values);
        graph.outputs().stream()
                .filter(output -> output.type() == ElementType.FLOAT)
                .forEach(output -> probed.add(output.name()));
        probed.removeIf(value -> graph.producer(value).isEmpty());
        Feeds stated = source.apply(graph);
        Graph open = stated.fixedBatch().isPresent()
                ? opened(graph, stated.fixedBatch().getAsInt())
                : graph;
        Feeds feeds = stated.fixedBatch().isPresent() ? source.apply(open) : stated;
        if (feeds.count() > 1 && feeds.fixedBatch().isEmpty() && !probed.isEmpty()) {
            Optional<Map<String, long[]>> shapes = shapesIfFree(open, feeds, probed);
            if (shapes.isPresent()) {
                return new Batching(open, feeds, true, 1, shapes.get());
            }
        }
        int unit = stated.fixedBatch().orElse(1);
        Map<String, long[]> shapes = new LinkedHashMap<>();
        if (!probed.isEmpty()) {
            try (Network network = Network.of(GraphSlice.of(graph, probed), NetworkOptions.DEFAULT)) {
                network.run(stated.batch(0, unit), probed, (name, tensor) -> shapes.put(name, tensor.dims()));
            } catch (UnsupportedModelException e) {
                String fed = String.join("; ", stated.assumptions());
                throw new UnsupportedModelException("%s (tried with %s)".formatted(e.getMessage(), fed), e);
            }
        }
        return new Batching(graph, stated, false, unit, shapes);
    }

    /** How many samples are run: all, or as many as whole runs hold. */
    int samples() {
        return free ? feeds.count() : Math.max(1, feeds.count() / unit) * unit;
    }

    /**
     * The same for a graph that differs in constants only.
     *
     * @throws IllegalArgumentException if a value is missing
     */
    Batching with(Graph changed) {
        for (String value : shapes.keySet()) {
            if (changed.producer(value).isEmpty()) {
                throw new IllegalArgumentException(
                        "not the graph that was opened: nothing writes '%s'".formatted(value));
            }
        }
        Map<String, Value> inputs =
                graph.requiredInputs().stream().collect(Collectors.toMap(Value::name, input -> input));
        Graph opened = new Graph(
                changed.nodes(),
                changed.initializers().values(),
                changed.inputs().stream()
                        .map(input -> inputs.getOrDefault(input.name(), input))
                        .toList(),
                changed.outputs(),
                changed.opsets(),
                changed.metadata(),
                graph.statistics(),
                changed.origin());
        return new Batching(opened, feeds, free, unit, shapes);
    }

    private static Graph opened(Graph graph, int batch) {
        List<Value> inputs = graph.inputs().stream()
                .map(input -> graph.initializers().containsKey(input.name()) ? input : opened(input, batch))
                .toList();
        return graph.withInputs(inputs);
    }

    private static Value opened(Value input, int batch) {
        List<Value.Dim> dims = new ArrayList<>(input.dims().orElse(List.of()));
        if (dims.size() < 2 || dims.get(0).extent().orElse(-1) != batch) {
            return input;
        }
        dims.set(0, Value.Dim.dynamic("batch"));
        return new Value(input.name(), input.type(), Optional.of(dims), Optional.empty());
    }

    private static Optional<Map<String, long[]>> shapesIfFree(Graph open, Feeds feeds, Set<String> values) {
        try (Network network = Network.of(GraphSlice.of(open, values), NetworkOptions.DEFAULT)) {
            Map<String, Tensor> first = network.run(feeds.batch(0, 1), values);
            Map<String, Tensor> second = network.run(feeds.batch(1, 1), values);
            Map<String, Tensor> both = network.run(feeds.batch(0, 2), values);
            Map<String, long[]> shapes = new LinkedHashMap<>();
            for (String value : values) {
                if (!isJoined(first.get(value), second.get(value), both.get(value))) {
                    return Optional.empty();
                }
                shapes.put(value, first.get(value).dims());
            }
            return Optional.of(shapes);
        } catch (UnsupportedModelException e) {
            return Optional.empty(); // if the graph as it stands cannot run either, that is said when it is run
        }
    }

    /** True if two samples in one run gave what they gave one by one. */
    private static boolean isJoined(Tensor first, Tensor second, Tensor both) {
        if (first.rank() == 0 || first.rank() != both.rank() || both.size() != first.size() + second.size()) {
            return Arrays.equals(first.dims(), both.dims())
                    && isClose(first.floats(), both.floats(), 0)
                    && isClose(second.floats(), both.floats(), 0);
        }
        return both.dims()[0] == first.dims()[0] + second.dims()[0]
                && isClose(first.floats(), both.floats(), 0)
                && isClose(second.floats(), both.floats(), first.size());
    }

    private static boolean isClose(float[] part, float[] whole, int at) {
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < Math.min(part.length, whole.length - at); i++) {
            largest = Math.max(largest, Math.abs(part[i]));
            difference = Math.max(difference, Math.abs(part[i] - whole[at + i]));
        }
        return !(difference > TOLERANCE * largest);
    }
}
