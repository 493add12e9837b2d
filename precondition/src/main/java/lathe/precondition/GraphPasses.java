package lathe.precondition;

import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.pipeline.GraphPass;

/** The rewrites this module offers. */
public final class GraphPasses {

    private GraphPasses() {}

    /**
     * Raises an older operator set: to 13, in which weights can have a scale per channel, to 21, which has 4-bit weights
     * and blocks, or to 25, which has 2-bit weights. Where an operator prevents that, it goes to the next lower of
     * these, and a line says why; with none to go to, a graph of opset 13 or later stays as it is, and an older one is
     * an {@link lathe.engine.graph.UnsupportedModelException}. A graph of the target or later is not changed.
     *
     * @param target 13, 18, 21 or 25
     * @throws IllegalArgumentException for another target
     */
    public static GraphPass opsetRaise(long target) {
        return new OpsetRaise(target);
    }

    /**
     * Why {@link #opsetRaise} would not get a graph to an operator set, in one line; empty if it would. Costs one pass
     * over the nodes.
     */
    public static Optional<String> opsetObstacle(Graph graph, long target) {
        return OpsetRaise.obstacle(graph, target);
    }

    /**
     * Puts the content of a model's own functions in the place of the nodes that call them. Where that cannot be done, none is
     * inlined, and a line says why.
     */
    public static GraphPass functionInlining() {
        return new FunctionInlining();
    }

    /**
     * Puts constants in the place of weights and biases that are computed from constants alone, or stored as sparse
     * ones. Layers whose weights would then be stored twice are left alone.
     */
    public static GraphPass constantFold() {
        return new ConstantFold();
    }

    /** Moves weights and biases from the bodies of If, Loop and Scan to the graph, where they can be compressed. */
    public static GraphPass bodyConstants() {
        return new BodyConstants();
    }

    /** Makes layers of equal weights read one constant. */
    public static GraphPass equalWeights() {
        return new EqualWeights();
    }

    /** Drops the stack traces that exporters note about nodes. */
    public static GraphPass exporterNotes() {
        return new ExporterNotes();
    }

    /** Lets a MatMul that is the classifier read the table of the embedding as it is stored, where that is its transpose. */
    public static GraphPass tiedClassifier() {
        return new TiedClassifier();
    }

    /** Folds each BatchNormalization into the layer before it and keeps its statistics. */
    public static GraphPass batchNormFold() {
        return new BatchNormFold();
    }

    /**
     * Makes the channels between two layers equally large in the weights of both, where what lies between allows it. A
     * Clip does not: it has the same bounds for all channels.
     */
    public static GraphPass crossLayerEqualization() {
        return new CrossLayerEqualization(CrossLayerEqualization.Clips.STAY);
    }

    /**
     * As above, through Clips from 0 too: each becomes a Relu and a Min with a ceiling for each channel. ONNX Runtime has
     * no integer kernel for Min, so this is for weights quantized per tensor, which gain most by it.
     */
    public static GraphPass crossLayerEqualizationThroughClips() {
        return new CrossLayerEqualization(CrossLayerEqualization.Clips.BECOME_MIN);
    }
}
