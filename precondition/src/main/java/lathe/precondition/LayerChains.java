package lathe.precondition;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Node;
import lathe.engine.layer.LayerChannels;

/** The layers of a graph, the chains between them, and what a pass has made of the layers so far. Not thread-safe. */
final class LayerChains {

    private final Map<Node, LayerChannels> layers = new LinkedHashMap<>();
    private final Set<Node> changed = new LinkedHashSet<>();
    private final List<Chain> chains = new ArrayList<>();
    private final List<String> left = new ArrayList<>();

    /** Finds layers and chains; a chain with a layer whose weights other nodes read too is left out. */
    LayerChains(Graph graph) {
        for (Node node : graph.nodes()) {
            LayerChannels.of(graph, node).ifPresent(layer -> layers.put(node, layer));
        }
        for (Chain chain : Chains.of(graph, layers)) {
            if (sharesWeights(graph, chain.first())) {
                left.add("channels of '%s' kept: it shares its weights".formatted(label(chain.first())));
            } else if (sharesWeights(graph, chain.second())) {
                left.add("channels of '%s' kept: the next layer '%s' shares its weights"
                        .formatted(label(chain.first()), label(chain.second())));
            } else {
                chains.add(chain);
            }
        }
    }

    private LayerChains(LayerChains other) {
        layers.putAll(other.layers);
        changed.addAll(other.changed);
        chains.addAll(other.chains);
        left.addAll(other.left);
    }

    private static boolean sharesWeights(Graph graph, Node layer) {
        return graph.consumers(layer.inputs().get(1)).size() > 1;
    }

    private static String label(Node node) {
        return node.name().isEmpty() ? node.output() : node.name();
    }

    /** The chains, in graph order. */
    List<Chain> chains() {
        return List.copyOf(chains);
    }

    /** Chains left out, one line each. */
    List<String> left() {
        return List.copyOf(left);
    }

    LayerChannels first(Chain chain) {
        return layers.get(chain.first());
    }

    LayerChannels second(Chain chain) {
        return layers.get(chain.second());
    }

    private void put(LayerChannels layer) {
        layers.put(layer.node(), layer);
        changed.add(layer.node());
    }

    /** Multiplies what the first layer writes, and divides by that where the second reads it. */
    void rescale(Chain chain, double[] scale) {
        scaleWriting(chain, scale);
        scaleReading(chain, Arrays.stream(scale).map(s -> 1 / s).toArray());
    }

    /** Multiplies the weights and bias that write a channel. */
    void scaleWriting(Chain chain, double[] factors) {
        put(first(chain).withOutputs(factors, new double[factors.length]));
    }

    /** Multiplies the weights that read a channel. */
    void scaleReading(Chain chain, double[] factors) {
        put(second(chain).withInputs(perInput(chain, factors)));
    }

    private static double[] perInput(Chain chain, double[] values) {
        return IntStream.range(0, values.length * chain.inputsPerChannel())
                .mapToDouble(input -> values[input / chain.inputsPerChannel()])
                .toArray();
    }

    static double[] ones(int count) {
        double[] ones = new double[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    /** The same layers and chains, to try changes on. */
    LayerChains copy() {
        return new LayerChains(this);
    }

    /** Writes the layers that were changed. */
    void writeTo(GraphEdit edit) {
        changed.forEach(node -> layers.get(node).writeTo(edit));
    }
}
