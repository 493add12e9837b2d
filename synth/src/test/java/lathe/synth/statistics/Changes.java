package lathe.synth.statistics;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import lathe.engine.graph.ChannelAffine;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;

/** Changed versions of graphs, as a compression makes them: other constants under other names, the rest as it was. */
final class Changes {

    private Changes() {}

    /** Other weights (input 1) or another bias (input 2) for the node that writes a value. */
    static Graph constant(Graph graph, String value, int input, UnaryOperator<float[]> change) {
        Node node = graph.producer(value).orElseThrow();
        Initializer old = graph.constant(node, input).orElseThrow();
        GraphEdit edit = graph.edit();
        long[] dims = old.dims().stream().mapToLong(Long::longValue).toArray();
        Initializer changed = Initializer.ofFloats(edit.freshName(old.name()), change.apply(old.floats()), dims);
        edit.put(changed);
        List<String> inputs = new ArrayList<>(node.inputs());
        inputs.set(input, changed.name());
        return edit.replace(node, node.withInputs(inputs)).build();
    }

    static UnaryOperator<float[]> times(float factor) {
        return values -> {
            for (int i = 0; i < values.length; i++) {
                values[i] *= factor;
            }
            return values;
        };
    }

    static UnaryOperator<float[]> plus(float summand) {
        return values -> {
            for (int i = 0; i < values.length; i++) {
                values[i] += summand;
            }
            return values;
        };
    }

    /** Channels of values of rank 4 mapped, where they are written. */
    static Graph mapped(Graph graph, Map<String, ChannelAffine> maps) {
        Map<String, Integer> ranks = maps.keySet().stream().collect(Collectors.toMap(value -> value, value -> 4));
        return ChannelCorrection.apply(graph, maps, ranks);
    }

    /** Noise on the weights of all layers that are read from initializers, some percent strong. */
    static Graph noisy(Graph graph, double strength) {
        GraphEdit edit = graph.edit();
        SplittableRandom random = new SplittableRandom(1);
        for (Layer layer : Layers.survey(graph).layers()) {
            Initializer weights = layer.weights();
            float[] values = weights.floats();
            for (int i = 0; i < values.length; i++) {
                values[i] *= (float) (1 + strength * random.nextGaussian());
            }
            long[] dims = weights.dims().stream().mapToLong(Long::longValue).toArray();
            if (graph.initializers().containsKey(weights.name())) {
                edit.put(Initializer.ofFloats(weights.name(), values, dims));
            }
        }
        return edit.build();
    }
}
