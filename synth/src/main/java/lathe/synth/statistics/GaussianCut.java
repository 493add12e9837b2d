package lathe.synth.statistics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.tensor.ElementType;
import lathe.synth.input.Feeds;

/**
 * A graph cut open behind every layer, recurrent ones excepted: the values that layers write, and all that had a BatchNormalization, become
 * inputs, fed with independent Gaussians. What lies between two layers (activations, Add, Concat, pools, reshapes) is
 * computed from the draws by the network itself. The first layers read the inputs of the graph.
 *
 * <p>What is cut open has no outputs that depend on its layers, so changed graphs are compared uncut: on the inputs of
 * the graph, re-centred like any other.
 */
final class GaussianCut {

    private GaussianCut() {}

    /** Cuts the graph and gets ready to measure it. */
    static Measurement open(Graph graph, Function<Graph, Feeds> source, int threads, long seed) {
        Set<String> values = new LinkedHashSet<>();
        Layers.survey(graph).layers().stream()
                .filter(layer -> layer.site().observed().isOutput())
                .map(Layer::output)
                .forEach(values::add);
        graph.statistics().keySet().stream().sorted().forEach(values::add);
        values.removeIf(value -> graph.producer(value).isEmpty());
        Batching batching = Batching.of(graph, source, values);
        Map<String, long[]> shapes = new TreeMap<>(batching.shapes());
        shapes.keySet().retainAll(values);
        Feeds feeds =
                new GaussianFeeds(batching.feeds(), shapes, batching.unit(), batching.free(), graph.statistics(), seed);
        Batching cut = new Batching(cut(batching.graph(), shapes), feeds, batching.free(), batching.unit(), Map.of());
        return new SeparateJudge(
                NetworkMeasurement.of(cut, feeds.assumptions(), threads, seed),
                () -> NetworkMeasurement.open(graph, source, threads, seed));
    }

    private static Graph cut(Graph graph, Map<String, long[]> shapes) {
        List<Node> nodes = new ArrayList<>();
        for (Node node : graph.nodes()) {
            List<String> outputs = node.outputs().stream()
                    .map(output -> shapes.containsKey(output) ? output + "/lathe_cut" : output)
                    .toList();
            nodes.add(node.withOutputs(outputs));
        }
        List<Value> inputs = new ArrayList<>(graph.inputs());
        shapes.forEach((value, shape) -> inputs.add(input(value, shape)));
        return new Graph(
                nodes,
                graph.initializers().values(),
                inputs,
                graph.outputs(),
                graph.opsets(),
                graph.metadata(),
                Map.of(),
                graph.origin());
    }

    private static Value input(String name, long[] shape) {
        List<Value.Dim> dims =
                new ArrayList<>(Arrays.stream(shape).mapToObj(Value.Dim::fixed).toList());
        if (!dims.isEmpty()) {
            dims.set(0, Value.Dim.dynamic(""));
        }
        return new Value(name, ElementType.FLOAT, Optional.of(dims), Optional.empty());
    }
}
