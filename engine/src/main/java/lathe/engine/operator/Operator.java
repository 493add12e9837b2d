package lathe.engine.operator;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import lathe.engine.graph.ConstantValues;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;

/**
 * An ONNX operator whose weights can be compressed, in one of the places where it uses weights: the nodes it supports,
 * why others are not, how its weights are stored and what they are multiplied with. A class is named after its operator
 * and listed in {@link Operators}; one that uses weights in several places is listed once for each. Immutable.
 */
public abstract class Operator {

    private final String name;
    private final int data;
    private final int weights;
    private final OptionalInt bias;

    /**
     * An operator and its inputs.
     *
     * @param name of the ONNX operator
     * @param data position of the input that meets the weights
     * @param weights position of the weights
     * @param bias position of the bias, one value per output channel; empty where it takes none
     */
    Operator(String name, int data, int weights, OptionalInt bias) {
        this.name = name;
        this.data = data;
        this.weights = weights;
        this.bias = bias;
    }

    /** Its ONNX name. */
    public final String name() {
        return name;
    }

    /** Position of the input that meets the weights. */
    public final int data() {
        return data;
    }

    /** Position of the weights among the inputs. */
    public final int weights() {
        return weights;
    }

    /** Position of the bias among the inputs; empty where the operator takes none. */
    public final OptionalInt bias() {
        return bias;
    }

    /**
     * True of a node that is, or looks like, one with weights.
     *
     * @param constants of the graph
     */
    boolean recognises(Graph graph, ConstantValues constants, Node node) {
        return node.is(name);
    }

    /** What tells this place from others where the operator uses weights, behind the name of a node; empty for most. */
    public String suffix() {
        return "";
    }

    /** True if the operator picks rows of its weights, false if it multiplies with them. */
    public boolean looksUp() {
        return false;
    }

    /** Why a node has no weights though neither these nor what meets them is constant, as a clause. */
    String withoutConstant() {
        return "its weights are not constant";
    }

    /** Why weights of these extents cannot be compressed, as a clause; empty if they can. */
    abstract Optional<String> shapeObstacle(Node node, List<Long> dims);

    /**
     * How the weights of a node lie in their tensor.
     *
     * @param dims extents of the tensor, at least two
     */
    public abstract WeightLayout layout(Node node, List<Long> dims);

    /**
     * What meets the weights of a node.
     *
     * @param dims extents of their tensor
     * @throws lathe.engine.graph.UnsupportedModelException if an attribute makes no sense
     */
    public abstract Observed observed(Node node, List<Long> dims);

    /** What a node multiplies its weights by. */
    public float weightFactor(Node node) {
        return 1;
    }

    /** What a node multiplies its bias by. */
    public float biasFactor(Node node) {
        return 1;
    }

    /** A node whose factors have been multiplied into its weights and bias. */
    Node withoutFactors(Node node) {
        return node;
    }

    /** What there is instead of constant weights, as a clause. */
    final String computedWeights(ConstantValues constants, Node node) {
        String value = node.inputs().get(weights);
        if (!constants.contains(value)) {
            return withoutConstant();
        }
        if (constants.isDequantized(value)) {
            return Operators.QUANTIZED;
        }
        List<Node> behind = constants.nodesBehind(value);
        return behind.isEmpty()
                ? "its weights are sparse"
                : "its weights are computed from constants, by %s"
                        .formatted(behind.get(behind.size() - 1).opType());
    }
}
