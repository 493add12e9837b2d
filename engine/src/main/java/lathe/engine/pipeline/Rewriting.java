package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.layer.ChannelCounts;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.report.KeptChannels;

/**
 * What rewrites made of a graph.
 *
 * @param graph the rewritten graph
 * @param changes what they say they did
 * @param channels of the layers that have others than when they were first seen, whatever rewrite removed them
 * @param kept why channels stay, as the first rewrite says that removes some
 */
record Rewriting(Graph graph, List<String> changes, List<ChannelCounts> channels, Optional<KeptChannels> kept) {

    Rewriting {
        changes = List.copyOf(changes);
        channels = List.copyOf(channels);
    }

    /**
     * Applies rewrites, one after the other. A survey of the layers after each that changes the graph.
     *
     * @throws lathe.engine.graph.UnsupportedModelException if the network cannot be rewritten or surveyed
     */
    static Rewriting of(Graph original, List<GraphPass> passes) {
        Graph graph = original;
        List<String> changes = new ArrayList<>();
        Map<String, Layer> firstSeen = new LinkedHashMap<>(); // those of inlined functions later than others
        List<Layer> layers = List.of();
        Optional<KeptChannels> kept = Optional.empty();
        for (GraphPass pass : passes) {
            GraphPass.Result result = pass.apply(graph);
            changes.addAll(result.changes());
            kept = kept.or(result::kept);
            if (result.graph() != graph || layers.isEmpty()) {
                graph = result.graph();
                layers = Layers.survey(graph).layers();
                for (Layer layer : layers) {
                    if (!ChannelCounts.isSecond(layer, firstSeen.keySet())) {
                        firstSeen.putIfAbsent(layer.name(), layer);
                    }
                }
            }
        }
        return new Rewriting(graph, changes, ChannelCounts.changed(firstSeen.values(), layers), kept);
    }
}
