package lathe.precondition;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.pipeline.GraphPass;

/**
 * Raises a graph of an older operator set to version 13, the first in which DequantizeLinear has a scale per channel.
 * Only operators whose form changed in between are rewritten (attributes that became inputs, Softmax's axes, Upsample);
 * for all others version 13 takes what the older version took. Source: the operator change log of ONNX.
 *
 * <p>Immutable and thread-safe.
 */
final class OpsetRaise implements GraphPass {

    private static final long TARGET = 13;

    /** Forms between versions 9 and 13 for which no rewrite is offered. */
    private static final Set<String> UNSUPPORTED = Set.of("Scatter", "Loop", "If", "Scan");

    @Override
    public String name() {
        return "opset-raise";
    }

    /** @throws UnsupportedModelException if an operator has no form in the newer set that this pass knows */
    @Override
    public Result apply(Graph graph) {
        if (graph.opset() >= TARGET) {
            return new Result(graph, List.of());
        }
        return new Result(
                new Rewrite(graph).run(),
                List.of("raised the operator set from %d to %d".formatted(graph.opset(), TARGET)));
    }

    private static final class Rewrite {
        private final Graph graph;
        private final GraphEdit edit;
        private final long from;

        Rewrite(Graph graph) {
            this.graph = graph;
            this.edit = graph.edit();
            this.from = graph.opset();
        }

        Graph run() {
            for (Node node : graph.nodes()) {
                if (node.domain().isEmpty() || node.domain().equals("ai.onnx")) {
                    raise(node);
                }
            }
            return edit.requireOpset("", TARGET).build();
        }

        private void raise(Node node) {
            if (UNSUPPORTED.contains(node.opType())) {
                throw new UnsupportedModelException(
                        "%s '%s' of opset %d cannot be raised to opset %d; export the model again with opset %d or later"
                                .formatted(node.opType(), node.output(), from, TARGET, TARGET));
            }
            switch (node.opType()) {
                case "Clip" -> clip(node);
                case "Dropout" -> replace(node, "Dropout", node.inputs().subList(0, 1), Set.of("ratio"), Map.of());
                case "Pad" -> pad(node);
                case "ReduceSum", "Squeeze", "Unsqueeze" -> listToInput(node, "axes");
                case "Split" -> listToInput(node, "split");
                case "Slice" -> slice(node);
                case "TopK" -> topK(node);
                case "Upsample" -> upsample(node);
                case "Resize" -> resize(node);
                case "Softmax", "LogSoftmax", "Hardmax" -> softmax(node);
                default -> {
                    // takes in version 13 what it took before
                }
            }
        }

        private void clip(Node node) {
            if (from >= 11) {
                return;
            }
            List<String> inputs = new ArrayList<>(node.inputs().subList(0, 1));
            for (String bound : List.of("min", "max")) {
                inputs.add(node.attributes().containsKey(bound) ? scalar(node, bound, node.real(bound, 0)) : "");
            }
            replace(node, "Clip", inputs, Set.of("min", "max"), Map.of());
        }

        private void pad(Node node) {
            if (from >= 11) {
                return;
            }
            List<String> inputs = new ArrayList<>(node.inputs().subList(0, 1));
            inputs.add(indices(node, "pads", node.integers("pads").orElseThrow()));
            inputs.add(scalar(node, "value", node.real("value", 0)));
            replace(node, "Pad", inputs, Set.of("pads", "value"), Map.of());
        }

        private void slice(Node node) {
            if (from >= 10) {
                return;
            }
            long[] starts = node.integers("starts").orElseThrow();
            List<String> inputs = new ArrayList<>(node.inputs().subList(0, 1));
            inputs.add(indices(node, "starts", starts));
            inputs.add(indices(node, "ends", node.integers("ends").orElseThrow()));
            node.integers("axes").ifPresent(axes -> inputs.add(indices(node, "axes", axes)));
            replace(node, "Slice", inputs, Set.of("starts", "ends", "axes"), Map.of());
        }

        private void topK(Node node) {
            if (from >= 10) {
                return;
            }
            String k = indices(node, "k", node.integer("k").orElseThrow());
            replace(node, "TopK", List.of(node.inputs().get(0), k), Set.of("k"), Map.of());
        }

        /** Upsample scaled about the corner, as asymmetric Resize does. */
        private void upsample(Node node) {
            replace(
                    node,
                    "Resize",
                    List.of(node.inputs().get(0), "", node.inputs().get(1)),
                    Set.of(),
                    Map.of(
                            "coordinate_transformation_mode", new Attribute.Text("asymmetric"),
                            "nearest_mode", new Attribute.Text("floor")));
        }

        private void resize(Node node) {
            if (from < 11) {
                upsample(node);
            }
        }

        private void listToInput(Node node, String attribute) {
            node.integers(attribute)
                    .ifPresent(list -> replace(
                            node,
                            node.opType(),
                            List.of(node.inputs().get(0), indices(node, attribute, list)),
                            Set.of(attribute),
                            Map.of()));
        }

        /**
         * Before version 13 these ran over all axes from {@code axis} on, by default from 1: flatten, run over the last
         * axis, restore the shape.
         */
        private void softmax(Node node) {
            long axis = node.integer("axis").orElse(1);
            if (axis == -1) {
                return;
            }
            String input = node.inputs().get(0);
            String flat = edit.freshName(node.output() + "_flat");
            String result = edit.freshName(node.output() + "_flat_" + node.opType());
            String shape = edit.freshName(node.output() + "_shape");
            edit.insertBefore(node, make("Flatten", List.of(input), flat, Map.of("axis", new Attribute.Int(axis))));
            edit.insertBefore(node, make(node.opType(), List.of(flat), result, Map.of("axis", new Attribute.Int(-1))));
            edit.insertBefore(node, make("Shape", List.of(input), shape, Map.of()));
            edit.replace(node, make("Reshape", List.of(result, shape), node.output(), Map.of()));
        }

        private Node make(String opType, List<String> inputs, String output, Map<String, Attribute> attributes) {
            return Node.of(edit.freshName(output + "_" + opType), opType, inputs, List.of(output), attributes);
        }

        private void replace(
                Node node, String opType, List<String> inputs, Set<String> dropped, Map<String, Attribute> added) {
            Map<String, Attribute> attributes = new HashMap<>(node.attributes());
            attributes.keySet().removeAll(dropped);
            attributes.putAll(added);
            edit.replace(node, Node.of(node.name(), opType, inputs, node.outputs(), attributes));
        }

        private String indices(Node node, String role, long... values) {
            String name = edit.freshName(node.output() + "_" + role);
            edit.put(Initializer.ofLongs(name, values, values.length));
            return name;
        }

        private String scalar(Node node, String role, float value) {
            String name = edit.freshName(node.output() + "_" + role);
            edit.put(Initializer.ofFloats(name, new float[] {value}));
            return name;
        }
    }
}
