package lathe.precondition;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.layer.LayerChannels;

/** Finds the chains of a graph. A layer is first in at most one chain and second in at most one. */
final class Chains {

    private final Graph graph;
    private final Map<Node, LayerChannels> layers;
    private final LayerChannels first;
    private final Links known;

    private Chains(Graph graph, Map<Node, LayerChannels> layers, LayerChannels first) {
        this.graph = graph;
        this.layers = layers;
        this.first = first;
        this.known = new Links(graph, first.outputs(), first.rank());
    }

    /** All chains between these layers, in graph order of the first. */
    static List<Chain> of(Graph graph, Map<Node, LayerChannels> layers) {
        return graph.nodes().stream()
                .filter(layers::containsKey)
                .flatMap(node -> new Chains(graph, layers, layers.get(node)).follow(node.output(), List.of()).stream())
                .toList();
    }

    private Optional<Chain> follow(String value, List<Link> links) {
        Optional<Node> reader =
                graph.soleConsumer(value).filter(node -> node.inputs().get(0).equals(value));
        Optional<LayerChannels> second = reader.map(layers::get);
        if (second.isPresent()) {
            return chain(links, second.get());
        }
        return reader.flatMap(known::of)
                .filter(link -> !isFlat(links) || link instanceof Link.Passing)
                .flatMap(link -> follow(link.node().output(), append(links, link)));
    }

    private Optional<Chain> chain(List<Link> links, LayerChannels second) {
        int inputsPerChannel = second.inputs() / first.outputs();
        boolean even = inputsPerChannel * first.outputs() == second.inputs();
        boolean channelsAreAxis1 = second.node().integer("transA").orElse(0) == 0;
        return even && channelsAreAxis1 && (inputsPerChannel == 1 || isFlat(links))
                ? Optional.of(new Chain(first.node(), links, second.node(), first.outputs(), inputsPerChannel))
                : Optional.empty();
    }

    private static boolean isFlat(List<Link> links) {
        return links.stream().anyMatch(link -> link.node().is("Flatten"));
    }

    private static List<Link> append(List<Link> links, Link link) {
        List<Link> longer = new ArrayList<>(links);
        longer.add(link);
        return longer;
    }
}
