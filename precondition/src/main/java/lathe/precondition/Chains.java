package lathe.precondition;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.layer.LayerChannels;

/** Finds the chains of a graph. A layer is first in at most one chain and second in at most one. */
record Chains(Graph graph, Map<Node, LayerChannels> layers, LayerChannels first) {

    /** All chains between these layers, in graph order of the first. */
    static List<Chain> of(Graph graph, Map<Node, LayerChannels> layers) {
        return graph.nodes().stream()
                .filter(layers::containsKey)
                .flatMap(node -> new Chains(graph, layers, layers.get(node)).follow(node.output()).stream())
                .toList();
    }

    /** Walks from reader to reader while each is a link. Behind a Flatten only nodes that pass values on are. */
    private Optional<Chain> follow(String start) {
        Links known = new Links(graph, first.outputs(), first.rank());
        List<Link> links = new ArrayList<>();
        boolean flat = false;
        Optional<Node> reader = readerOf(start);
        while (reader.isPresent() && !layers.containsKey(reader.get())) {
            boolean onlyPassing = flat;
            Optional<Link> link = known.of(reader.get()).filter(found -> !onlyPassing || found instanceof Link.Passing);
            link.ifPresent(links::add);
            flat |= reader.get().is("Flatten");
            reader = link.flatMap(found -> readerOf(found.node().output()));
        }
        boolean flattened = flat;
        return reader.flatMap(second -> chain(links, flattened, layers.get(second)));
    }

    /** The node that alone reads a value, as its first input. */
    private Optional<Node> readerOf(String value) {
        return graph.soleConsumer(value)
                .filter(node -> node.input(0).filter(value::equals).isPresent());
    }

    private Optional<Chain> chain(List<Link> links, boolean flat, LayerChannels second) {
        int inputsPerChannel = second.inputs() / first.outputs();
        boolean even = inputsPerChannel * first.outputs() == second.inputs();
        boolean channelsAreAxis1 = second.node().integer("transA").orElse(0) == 0;
        return even && channelsAreAxis1 && (inputsPerChannel == 1 || flat)
                ? Optional.of(new Chain(first.node(), links, second.node(), first.outputs(), inputsPerChannel))
                : Optional.empty();
    }
}
