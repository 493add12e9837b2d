package lathe.engine.layer;

import static java.util.Map.entry;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;

/**
 * Finds the layers that act on a network's outputs only by deciding how large tensors are, such as those that predict how
 * many frames a phoneme lasts in a network for speech. Their error is not in the outputs in proportion: it changes nothing,
 * or moves all that follows by a frame.
 *
 * <p>A layer is one of them if every path from it to an output of the network passes a step, a node or an input where a
 * small change changes nothing, such as Ceil, a comparison or the limit of a Range; and one path at least leads to an input
 * that says a size, such as the shape of a Reshape. A layer that outputs also read in another way is none, nor is one whose
 * steps decide no size, such as those of a classifier that ends in ArgMax. In bodies of Loop and Scan, any output of the
 * node counts for all outputs of the body; a step in an operator that is not standard is not seen.
 *
 * <p>One pass over the nodes from the outputs back, O(nodes + edges).
 */
public final class SizeDecisions {

    /** Their outputs are constant but for jumps, or do not depend on the numbers in their inputs. */
    private static final Set<String> STEPS = Set.of(
            "ArgMax",
            "ArgMin",
            "Ceil",
            "Equal",
            "Floor",
            "Greater",
            "GreaterOrEqual",
            "Hardmax",
            "IsInf",
            "IsNaN",
            "Less",
            "LessOrEqual",
            "NonMaxSuppression",
            "NonZero",
            "Round",
            "Shape",
            "Sign",
            "Size");

    /** Which inputs say how large an output is, or how often a body runs; inputs that an operator does not have are ignored. */
    private static final Map<String, Set<Integer>> SIZES = Map.ofEntries(
            entry("AffineGrid", Set.of(1)),
            entry("CenterCropPad", Set.of(1)),
            entry("Compress", Set.of(1)),
            entry("ConstantOfShape", Set.of(0)),
            entry("Expand", Set.of(1)),
            entry("Loop", Set.of(0, 1)),
            entry("NonMaxSuppression", Set.of(0, 1, 2, 3, 4)),
            entry("NonZero", Set.of(0)),
            entry("OneHot", Set.of(1)),
            entry("Pad", Set.of(1)),
            entry("Range", Set.of(1)),
            entry("Reshape", Set.of(1)),
            entry("Resize", Set.of(1, 2, 3)),
            entry("Slice", Set.of(1, 2, 4)),
            entry("Split", Set.of(1)),
            entry("SplitToSequence", Set.of(1)),
            entry("Tile", Set.of(1)),
            entry("TopK", Set.of(1)),
            entry("Upsample", Set.of(1)));

    private static final Set<ElementType> WHOLE = EnumSet.of(
            ElementType.BOOL,
            ElementType.INT8,
            ElementType.INT16,
            ElementType.INT32,
            ElementType.INT64,
            ElementType.UINT8,
            ElementType.UINT16,
            ElementType.UINT32,
            ElementType.UINT64);

    /** Operators whose first output is made of numbers in their input, and whose second says where these were. */
    private static final Set<String> WITH_INDICES = Set.of("MaxPool", "TopK");

    private final Set<String> gradual = new HashSet<>();
    private final Set<String> deciding = new HashSet<>();

    private SizeDecisions(Graph graph) {
        graph.outputs().stream().map(Value::name).forEach(gradual::add);
        goBack(graph);
    }

    /**
     * Those of some layers that are found.
     *
     * @param graph whose layers they are
     * @return in the order given
     */
    public static List<Layer> among(Graph graph, List<Layer> layers) {
        SizeDecisions found = new SizeDecisions(graph);
        return layers.stream()
                .filter(layer -> layer.node().outputs().stream().noneMatch(found.gradual::contains))
                .filter(layer -> layer.node().outputs().stream().anyMatch(found.deciding::contains))
                .toList();
    }

    /** From the last node to the first: what a node reads is reached as what it writes is. */
    private void goBack(Graph graph) {
        List<Node> nodes = graph.nodes();
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Node node = nodes.get(i);
            boolean gradually = isGradual(node);
            boolean decides = node.outputs().stream().anyMatch(deciding::contains) && !readsSizesOnly(node);
            node.bodies().forEach(body -> enter(body, node, gradually, decides));
            for (int input = 0; input < node.inputs().size(); input++) {
                boolean size = isSize(node, input);
                add(node.inputs().get(input), gradually && !size, decides || size);
            }
            if (node.bodies().isEmpty()) {
                node.captures().forEach(value -> add(value, gradually, decides));
            }
        }
    }

    private void enter(Graph body, Node node, boolean gradually, boolean decides) {
        for (int output = 0; output < body.outputs().size(); output++) {
            boolean again = node.is("Loop") && output == 0;
            add(body.outputs().get(output).name(), gradually && !again, decides || again);
        }
        goBack(body);
    }

    private void add(String value, boolean gradually, boolean decides) {
        if (gradually) {
            gradual.add(value);
        }
        if (decides) {
            deciding.add(value);
        }
    }

    /** True if a small change of what a node reads changes an output of the network, or may. */
    private boolean isGradual(Node node) {
        if (STEPS.stream().anyMatch(node::is) || isCastToWhole(node)) {
            return false;
        }
        return WITH_INDICES.stream().anyMatch(node::is)
                ? gradual.contains(node.outputs().get(0))
                : node.outputs().stream().anyMatch(gradual::contains);
    }

    private static boolean isCastToWhole(Node node) {
        return node.is("Cast")
                && WHOLE.contains(ElementType.ofCode((int) node.integer("to").orElse(0)));
    }

    private static boolean readsSizesOnly(Node node) {
        return node.is("Shape") || node.is("Size");
    }

    private static boolean isSize(Node node, int input) {
        return node.is(node.opType())
                && SIZES.getOrDefault(node.opType(), Set.of()).contains(input);
    }
}
