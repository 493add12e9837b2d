package lathe.precondition;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Node;
import lathe.engine.pipeline.GraphPass;

/**
 * Removes channels between two layers that carry nothing: those that are constant whatever the input, because all
 * weights that write them are zero, and those that nothing reads, because all weights that read them are zero. A
 * constant other than zero moves into the bias of the layer behind; where that layer pads, the channel stays, since at a
 * border the constant is missing. A depthwise layer loses what it reads together with what it writes.
 *
 * <p>The network computes what it did, up to rounding. At least one channel always stays, and grouped layers that are
 * not depthwise keep all. Values that lose channels get new names, since a file may state the shapes of the old ones.
 * Costs a few passes over the weights. Immutable and thread-safe.
 */
final class DeadChannelRemoval implements GraphPass {

    @Override
    public String name() {
        return "dead-channel-removal";
    }

    @Override
    public Result apply(Graph graph) {
        LayerChains layers = new LayerChains(graph);
        DeadChannels dead = new DeadChannels(layers);
        List<Thinned> thinned = layers.chains().stream()
                .map(chain -> new Thinned(chain, dead.in(chain)))
                .filter(chain -> chain.lost() > 0)
                .toList();
        List<String> changes = new ArrayList<>();
        Graph result = graph;
        if (!thinned.isEmpty()) {
            result = thin(graph, layers, thinned, dead);
            changes.add("removed %d dead channels between %d pairs of layers"
                    .formatted(thinned.stream().mapToInt(Thinned::lost).sum(), thinned.size()));
        }
        if (dead.behindPadding() > 0) {
            changes.add("%d constant channels kept: zero padding of the next layer does not contain the constant"
                    .formatted(dead.behindPadding()));
        }
        return new Result(result, changes);
    }

    /** A chain and which of its channels go. */
    private record Thinned(Chain chain, boolean[] gone) {

        int lost() {
            return (int) IntStream.range(0, gone.length).filter(c -> gone[c]).count();
        }

        int[] kept() {
            return IntStream.range(0, gone.length).filter(c -> !gone[c]).toArray();
        }

        /** True where a channel stays, each repeated if something holds several numbers a channel. */
        boolean[] keeps(int length) {
            boolean[] keeps = new boolean[length];
            for (int i = 0; i < length; i++) {
                keeps[i] = !gone[i * gone.length / length];
            }
            return keeps;
        }
    }

    private static Graph thin(Graph graph, LayerChains layers, List<Thinned> thinned, DeadChannels dead) {
        GraphEdit edit = graph.edit();
        Map<Node, boolean[]> outputs = new LinkedHashMap<>();
        Map<Node, boolean[]> inputs = new LinkedHashMap<>();
        for (Thinned thin : thinned) {
            Chain chain = thin.chain();
            layers.feed(chain, dead.constants(chain));
            outputs.put(chain.first(), thin.keeps(chain.channels()));
            inputs.put(chain.second(), thin.keeps(layers.second(chain).inputs()));
            chain.links().forEach(link -> link.keep(edit, thin.kept()));
            rename(graph, edit, thin);
        }
        layers.keep(outputs, inputs);
        layers.writeTo(edit);
        return edit.build();
    }

    private static void rename(Graph graph, GraphEdit edit, Thinned thin) {
        List<Node> nodes = new ArrayList<>();
        nodes.add(thin.chain().first());
        thin.chain().links().forEach(link -> nodes.add(link.node()));
        nodes.add(thin.chain().second());
        for (int i = 0; i + 1 < nodes.size(); i++) {
            String old = nodes.get(i).output();
            String name = edit.freshName(old);
            edit.replace(nodes.get(i), edit.current(nodes.get(i)).withOutputs(List.of(name)));
            List<String> inputs = new ArrayList<>(edit.current(nodes.get(i + 1)).inputs());
            inputs.set(0, name);
            edit.replace(nodes.get(i + 1), edit.current(nodes.get(i + 1)).withInputs(inputs));
            ChannelStatistics known = graph.statistics().get(old);
            if (known != null) {
                edit.statistics(name, kept(known, thin.keeps(known.channels())));
            }
        }
    }

    private static ChannelStatistics kept(ChannelStatistics known, boolean[] keeps) {
        int[] channels = IntStream.range(0, keeps.length).filter(c -> keeps[c]).toArray();
        float[] mean = new float[channels.length];
        float[] deviation = new float[channels.length];
        for (int c = 0; c < channels.length; c++) {
            mean[c] = known.mean()[channels[c]];
            deviation[c] = known.deviation()[channels[c]];
        }
        return new ChannelStatistics(mean, deviation);
    }
}
