package lathe.synth.channel;

import lathe.engine.channel.ChannelClasses;
import lathe.engine.graph.Graph;
import lathe.engine.layer.ChannelBlock;
import lathe.engine.operator.NodeCost;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.pipeline.MemoryBudget;
import lathe.engine.pipeline.StatisticsSource;
import lathe.synth.input.InputOptions;

/** The rewrites this package offers. */
public final class ChannelPasses {

    private ChannelPasses() {}

    /**
     * The classes of channels that the rewrites below follow, of the graph with computed extents as constants. Loads the network, and
     * runs it where not all shapes can be inferred.
     *
     * @throws lathe.engine.graph.UnsupportedModelException if the network cannot be run
     */
    public static ChannelClasses classes(Graph graph, InputOptions inputs) {
        return FollowedChannels.of(graph, inputs).classes();
    }

    /**
     * Removes channels that carry nothing, see {@link lathe.engine.thinning.FreeChannels}. Measures the network with up to 16
     * synthetic images, or the real inputs of the options.
     *
     * @param block of which a multiple of channels is left, where it was one before
     * @param threads runs of the network at once; the result does not depend on it
     */
    public static GraphPass free(InputOptions inputs, ChannelBlock block, int threads) {
        return new FreeCut(inputs, block, threads);
    }

    /**
     * Removes channels until a share of what nodes cost is gone, those that carry nothing first, and repairs the layers that read them by least squares, see
     * {@link lathe.engine.thinning.ChannelChoice}. The network computes something else.
     *
     * @param source measures the network
     * @param cost which is to become less
     * @param share of it that goes, 0 to 1
     * @param block of which a multiple of channels is left
     * @param threads as for {@link #free}
     * @param memory for Gram matrices; the result does not depend on it
     */
    public static GraphPass pruning(
            InputOptions inputs,
            StatisticsSource source,
            NodeCost cost,
            double share,
            ChannelBlock block,
            int threads,
            MemoryBudget memory) {
        return new ChannelPruning(inputs, source, new FreeCut(inputs, block, threads), cost, share, block, memory);
    }
}
