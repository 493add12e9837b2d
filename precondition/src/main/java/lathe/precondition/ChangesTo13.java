package lathe.precondition;

import static lathe.precondition.OperatorChange.convert;
import static lathe.precondition.OperatorChange.refuse;
import static lathe.precondition.OperatorChange.toInput;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;

/**
 * What changed in the standard operators from opset 10 to 13. Every other operator takes in version 13 what it took in
 * version 9. Source: the operator change log of ONNX.
 */
final class ChangesTo13 {

    private static final String EXPERIMENTAL = "it was an experiment, and is gone since opset 10";

    /** In ascending order of the operator set. */
    static final List<OperatorChange> ALL = List.of(
            refuse("Affine", 10, EXPERIMENTAL),
            refuse("Crop", 10, EXPERIMENTAL),
            refuse("ImageScaler", 10, EXPERIMENTAL),
            refuse("ParametricSoftplus", 10, EXPERIMENTAL),
            refuse("Scale", 10, EXPERIMENTAL),
            refuse("ScaledTanh", 10, EXPERIMENTAL),
            convert("Dropout", 10, ChangesTo13::dropoutWithoutMask)
                    .unless(ChangesTo13::readsMask, "its mask, which something reads, changed its type"),
            convert("Slice", 10, ChangesTo13::slice),
            convert("TopK", 10, ChangesTo13::topK),
            convert("Upsample", 10, (node, additions) -> node.withOpType("Resize")),
            convert("Clip", 11, ChangesTo13::clip),
            convert("Pad", 11, ChangesTo13::pad),
            convert("Resize", 11, ChangesTo13::resize)
                    .unless(ChangesTo13::growsAndShrinks, "its scales grow one axis and shrink another"),
            convert("Scatter", 11, (node, additions) -> node.withOpType("ScatterElements")),
            convert("Dropout", 12, (node, additions) -> node.withoutAttribute("ratio")),
            toInput("ReduceSum", 13, "axes"),
            convert("Resize", 13, ChangesTo13::halfPixelForNearest),
            toInput("Split", 13, "split"),
            toInput("Squeeze", 13, "axes"),
            toInput("Unsqueeze", 13, "axes"),
            convert("Softmax", 13, ChangesTo13::softmax),
            convert("LogSoftmax", 13, ChangesTo13::softmax),
            convert("Hardmax", 13, ChangesTo13::softmax));

    private ChangesTo13() {}

    private static boolean readsMask(Graph graph, Node dropout) {
        return dropout.outputs().size() > 1
                && (graph.isOutput(dropout.outputs().get(1))
                        || !graph.consumers(dropout.outputs().get(1)).isEmpty());
    }

    private static Node dropoutWithoutMask(Node node, Additions additions) {
        return node.withOutputs(node.outputs().subList(0, 1));
    }

    private static Node slice(Node node, Additions additions) {
        List<String> inputs = new ArrayList<>(node.inputs());
        for (String role : List.of("starts", "ends", "axes")) {
            node.integers(role).ifPresent(list -> inputs.add(additions.indices(role, list)));
        }
        return node.withInputs(inputs)
                .withoutAttribute("starts")
                .withoutAttribute("ends")
                .withoutAttribute("axes");
    }

    private static Node topK(Node node, Additions additions) {
        String k = additions.indices("k", node.integer("k").orElseThrow(() -> additions.missing("k")));
        return node.withInputs(List.of(node.inputs().get(0), k)).withoutAttribute("k");
    }

    private static Node clip(Node node, Additions additions) {
        List<String> inputs = new ArrayList<>(node.inputs());
        for (String bound : List.of("min", "max")) {
            inputs.add(node.attributes().containsKey(bound) ? additions.real(bound, node.real(bound, 0)) : "");
        }
        return node.withInputs(inputs).withoutAttribute("min").withoutAttribute("max");
    }

    private static Node pad(Node node, Additions additions) {
        List<String> inputs = new ArrayList<>(node.inputs());
        inputs.add(additions.indices("pads", node.integers("pads").orElseThrow(() -> additions.missing("pads"))));
        float value = node.real("value", 0);
        if (value != 0) {
            inputs.add(additions.real("value", value));
        }
        return node.withInputs(inputs).withoutAttribute("pads").withoutAttribute("value");
    }

    /**
     * Opset 10 does not say which pixel is the nearest. ONNX Runtime scales about the corner, and rounds down on axes
     * that grow, up on axes that shrink; the new form has one rounding for all.
     */
    private static Node resize(Node node, Additions additions) {
        String scales = node.input(1)
                .orElseThrow(() -> new UnsupportedModelException("Resize '%s' has no scales".formatted(node.output())));
        boolean shrinks = additions
                .constant(scales)
                .filter(constant -> least(constant) < 1)
                .isPresent();
        return node.withInputs(List.of(node.inputs().get(0), "", scales))
                .withAttribute("coordinate_transformation_mode", new Attribute.Text("asymmetric"))
                .withAttribute("nearest_mode", new Attribute.Text(shrinks ? "ceil" : "floor"));
    }

    private static boolean growsAndShrinks(Graph graph, Node resize) {
        Optional<Initializer> scales = graph.constant(resize, 1);
        return resize.text("mode", "nearest").equals("nearest")
                && scales.filter(constant -> least(constant) < 1 && most(constant) > 1)
                        .isPresent();
    }

    private static float least(Initializer scales) {
        float least = Float.POSITIVE_INFINITY;
        for (float scale : scales.floats()) {
            least = Math.min(least, scale);
        }
        return least;
    }

    private static float most(Initializer scales) {
        float most = 0;
        for (float scale : scales.floats()) {
            most = Math.max(most, scale);
        }
        return most;
    }

    /** The mode {@code tf_half_pixel_for_nn} is gone: floor((x + 0.5) / s) is (x + 0.5) / s - 0.5, rounded half up. */
    private static Node halfPixelForNearest(Node node, Additions additions) {
        boolean gone = node.text("coordinate_transformation_mode", "").equals("tf_half_pixel_for_nn")
                && node.text("nearest_mode", "").equals("floor");
        return gone
                ? node.withAttribute("coordinate_transformation_mode", new Attribute.Text("half_pixel"))
                        .withAttribute("nearest_mode", new Attribute.Text("round_prefer_ceil"))
                : node;
    }

    /**
     * Before version 13 these ran over all axes from {@code axis} on, by default from 1: flatten, run over the last
     * axis, restore the shape.
     */
    private static Node softmax(Node node, Additions additions) {
        long axis = node.integer("axis").orElse(1);
        if (axis == -1) {
            return node;
        }
        String input = node.inputs().get(0);
        String flat = additions.node("Flatten", List.of(input), "flat", Map.of("axis", new Attribute.Int(axis)));
        String result =
                additions.node(node.opType(), List.of(flat), "flat_result", Map.of("axis", new Attribute.Int(-1)));
        String shape = additions.node("Shape", List.of(input), "shape", Map.of());
        return node.withOpType("Reshape").withInputs(List.of(result, shape)).withAttributes(Map.of());
    }
}
