package lathe.engine.target;

import java.util.List;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Layer;
import lathe.engine.operator.WeightSite;

/** A runtime that compressed networks are written for. Implementations are immutable and thread-safe. */
public interface Target {

    /** The least operator set in which it can write. */
    long leastOpset();

    /**
     * The operator set in which weights of this format take the least room. In an older one they take more, or cannot be
     * stored, see {@link #canStore}.
     */
    long bestOpset(WeightFormat format);

    /** True if weights of this format can be stored with this operator set. */
    boolean canStore(WeightFormat format, long opset);

    /** What a layer gets that is to have weights of this format: the same, or one with scales shared by other weights. */
    default WeightFormat suited(Layer layer, WeightFormat format) {
        return format;
    }

    /**
     * Decides which values of a network are quantized. O(nodes).
     *
     * @param graph of {@link #leastOpset} or later
     * @param integer layers whose inputs may be quantized; without any, all values stay in float
     */
    Placement place(Graph graph, List<Layer> integer);

    /**
     * The weights that a node of a written network computes with, in the order of the tensor they replace and under any
     * name; empty where they are not constant. O(weights).
     *
     * @param node the one with the weights, or the last of those that took its place
     * @param site where the weights were used
     */
    Optional<Initializer> weights(Graph written, Node node, WeightSite site);
}
