package lathe.precondition;

import static lathe.precondition.OperatorChange.convert;
import static lathe.precondition.OperatorChange.refuse;
import static lathe.precondition.OperatorChange.toInput;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;

/**
 * What changed in the standard operators from opset 14 to 25. Every other operator takes in version 25 what it took in
 * version 13: most changes only add element types, or attributes whose default is what was before. Source: the operator
 * change log of ONNX; and for what cannot be run, the kernels of ONNX Runtime 1.29.
 */
final class ChangesBeyond13 {

    private static final String NO_KERNEL = "ONNX Runtime cannot run its form of opset 22";

    /** In ascending order of the operator set. */
    static final List<OperatorChange> ALL = List.of(
            convert("BatchNormalization", 14, (node, additions) -> node)
                    .unless(ChangesBeyond13::trains, "it gives out the statistics of a training step"),
            convert("RoiAlign", 16, ChangesBeyond13::roiAlign),
            toInput("ReduceL1", 18, "axes"),
            toInput("ReduceL2", 18, "axes"),
            toInput("ReduceLogSum", 18, "axes"),
            toInput("ReduceLogSumExp", 18, "axes"),
            toInput("ReduceMax", 18, "axes"),
            toInput("ReduceMean", 18, "axes"),
            toInput("ReduceMin", 18, "axes"),
            toInput("ReduceProd", 18, "axes"),
            toInput("ReduceSumSquare", 18, "axes"),
            convert("Split", 18, ChangesBeyond13::split),
            convert("DFT", 20, ChangesBeyond13::dft),
            convert("GridSample", 20, ChangesBeyond13::gridSample),
            convert("GroupNormalization", 21, ChangesBeyond13::groupNormalization),
            refuse("GlobalLpPool", 22, NO_KERNEL),
            refuse("MaxRoiPool", 22, NO_KERNEL),
            refuse("Multinomial", 22, NO_KERNEL),
            refuse("RandomNormal", 22, NO_KERNEL),
            refuse("RandomNormalLike", 22, NO_KERNEL),
            refuse("RandomUniform", 22, NO_KERNEL),
            refuse("RandomUniformLike", 22, NO_KERNEL),
            refuse("RoiAlign", 22, NO_KERNEL));

    /** GridSample's modes, which were named after the plane before they worked in space too. */
    private static final Map<String, String> GRID_MODES = Map.of("bilinear", "linear", "bicubic", "cubic");

    private ChangesBeyond13() {}

    private static boolean trains(Graph graph, Node norm) {
        return norm.outputs().stream().skip(1).anyMatch(output -> !output.isEmpty());
    }

    /** The new attribute's default is half a pixel away from what was before. */
    private static Node roiAlign(Node node, Additions additions) {
        return node.withAttribute("coordinate_transformation_mode", new Attribute.Text("output_half_pixel"));
    }

    /** Equal parts, as many as there are outputs, have to be asked for. */
    private static Node split(Node node, Additions additions) {
        return node.input(1).isPresent()
                ? node
                : node.withInputs(node.inputs().subList(0, 1))
                        .withAttribute(
                                "num_outputs", new Attribute.Int(node.outputs().size()));
    }

    private static Node dft(Node node, Additions additions) {
        List<String> inputs = new ArrayList<>(node.inputs());
        if (inputs.size() == 1) {
            inputs.add("");
        }
        inputs.add(additions.index("axis", node.integer("axis").orElse(1)));
        return node.withInputs(inputs).withoutAttribute("axis");
    }

    private static Node gridSample(Node node, Additions additions) {
        String mode = node.text("mode", "bilinear");
        return node.withAttribute("mode", new Attribute.Text(GRID_MODES.getOrDefault(mode, mode)));
    }

    /** Scale and bias, one number a group, are repeated for every channel of the group. */
    private static Node groupNormalization(Node node, Additions additions) {
        String groups = additions.indices(
                "groups", node.integer("num_groups").orElseThrow(() -> additions.missing("num_groups")));
        String channels = additions.node(
                "Shape",
                node.inputs().subList(0, 1),
                "channels",
                Map.of("start", new Attribute.Int(1), "end", new Attribute.Int(2)));
        String each = additions.node("Div", List.of(channels, groups), "channels_a_group", Map.of());
        String one = additions.indices("one", 1);
        String shape =
                additions.node("Concat", List.of(one, each), "repeated_shape", Map.of("axis", new Attribute.Int(0)));
        String flat = additions.indices("flat", -1);
        List<String> inputs = new ArrayList<>(node.inputs().subList(0, 1));
        for (String perGroup : node.inputs().subList(1, 3)) {
            String column = additions.node("Unsqueeze", List.of(perGroup, one), "column", Map.of());
            String repeated = additions.node("Expand", List.of(column, shape), "repeated", Map.of());
            inputs.add(additions.node("Reshape", List.of(repeated, flat), "per_channel", Map.of()));
        }
        return node.withInputs(inputs);
    }
}
