package lathe.synth.network;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Supplier;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;

/**
 * Shapes of values inside a network, as ONNX Runtime infers them when it loads the network; where it cannot infer one,
 * as behind a Pad of computed extents, from one run.
 *
 * @param byValue extents by name; values of unknown shape, and those that are no floats, are missing
 */
public record ValueShapes(Map<String, List<Long>> byValue) implements Function<String, Optional<List<Long>>> {

    public ValueShapes {
        byValue = Map.copyOf(byValue);
    }

    /**
     * Finds shapes.
     *
     * @param inputs extents of the inputs, by name
     * @param feeds inputs of these extents, made only for a run
     * @param wanted values of the graph: inputs, constants, and floats that nodes write
     * @throws lathe.engine.graph.UnsupportedModelException if ONNX Runtime cannot load or run the network
     */
    public static ValueShapes of(
            Graph graph, Map<String, long[]> inputs, Supplier<Map<String, Tensor>> feeds, Collection<String> wanted) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        List<Value> computed = new ArrayList<>();
        for (String value : new LinkedHashSet<>(wanted)) {
            Optional<Initializer> constant = graph.constant(value);
            if (inputs.containsKey(value)) {
                shapes.put(value, extents(inputs.get(value)));
            } else if (constant.isPresent()) {
                shapes.put(value, constant.get().dims());
            } else {
                computed.add(Value.ofFloat(value));
            }
        }
        if (!computed.isEmpty()) {
            try (Network network = Network.of(withOutputs(graph, inputs, computed), options())) {
                network.outputs().forEach(output -> known(output).ifPresent(dims -> shapes.put(output.name(), dims)));
                List<String> missing = computed.stream()
                        .map(Value::name)
                        .filter(name -> !shapes.containsKey(name))
                        .toList();
                if (!missing.isEmpty()) {
                    network.run(feeds.get(), missing, (name, tensor) -> shapes.put(name, extents(tensor.dims())));
                }
            }
        }
        return new ValueShapes(shapes);
    }

    /**
     * Finds the shapes that values have with these inputs, as {@link #of(Graph, Map, Supplier, Collection)} does.
     *
     * @param feeds a value for each input
     */
    public static ValueShapes of(Graph graph, Map<String, Tensor> feeds, Collection<String> wanted) {
        Map<String, long[]> extents = new HashMap<>();
        feeds.forEach((name, tensor) -> extents.put(name, tensor.dims()));
        return of(graph, extents, () -> feeds, wanted);
    }

    @Override
    public Optional<List<Long>> apply(String value) {
        return Optional.ofNullable(byValue.get(value));
    }

    private static Graph withOutputs(Graph graph, Map<String, long[]> inputs, List<Value> outputs) {
        List<Value> fixed = graph.inputs().stream()
                .map(input -> inputs.containsKey(input.name()) ? fixed(input, inputs.get(input.name())) : input)
                .toList();
        return new Graph(
                graph.nodes(),
                graph.initializers().values(),
                fixed,
                outputs,
                graph.opsets(),
                graph.metadata(),
                graph.statistics(),
                graph.origin());
    }

    private static Value fixed(Value input, long[] dims) {
        List<Value.Dim> extents = extents(dims).stream().map(Value.Dim::fixed).toList();
        return new Value(input.name(), input.type(), Optional.of(extents), input.origin());
    }

    private static List<Long> extents(long[] dims) {
        List<Long> extents = new ArrayList<>();
        for (long dim : dims) {
            extents.add(dim);
        }
        return extents;
    }

    /** ONNX Runtime says of values of unknown rank that they have no axes, as scalars have none. */
    private static Optional<List<Long>> known(Value value) {
        return value.dims()
                .filter(dims -> !dims.isEmpty())
                .filter(dims -> value.type() != ElementType.UNKNOWN)
                .filter(dims -> dims.stream().allMatch(dim -> dim.extent().isPresent()))
                .map(dims -> dims.stream()
                        .map(Value.Dim::extent)
                        .map(OptionalLong::getAsLong)
                        .toList());
    }

    private static NetworkOptions options() {
        return NetworkOptions.DEFAULT.withOptimization(NetworkOptions.Optimization.NONE);
    }
}
