package lathe.synth.channel;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.ConstantValues;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.tensor.ElementType;
import lathe.synth.network.GraphSlice;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;

/**
 * Extents that a graph computes from constants alone, such as the widths of a Pad, for which exporters write ten nodes: rules that
 * follow channels need them as constants. One run of these nodes in ONNX Runtime finds them.
 */
final class ComputedParameters {

    /** Operators whose inputs behind the first are 64-bit whole numbers, but for the value of a Pad. */
    private static final Set<String> OPERATORS = Set.of("Expand", "Pad", "Reshape", "Split", "Tile");

    /** Up to here floats hold all whole numbers, and floats are what networks give back. */
    private static final float LARGEST = 1 << 24;

    private ComputedParameters() {}

    /** The graph with constants in the place of such extents; the same where there are none. */
    static Graph asConstants(Graph graph) {
        ConstantValues constants = ConstantValues.of(graph);
        Map<String, String> wanted = new LinkedHashMap<>();
        Set<Node> readers = new LinkedHashSet<>();
        GraphEdit casts = graph.edit();
        for (Node node : graph.nodes()) {
            if (!OPERATORS.contains(node.opType()) || !node.is(node.opType()) || constants.isComputedBy(node)) {
                continue;
            }
            for (String input : parameters(node)) {
                if (constants.contains(input)
                        && graph.constant(input).isEmpty()
                        && graph.producer(input).isPresent()) {
                    readers.add(node);
                    wanted.computeIfAbsent(input, value -> cast(graph, value, casts));
                }
            }
        }
        return wanted.isEmpty() ? graph : replaced(graph, readers, run(casts.build(), wanted));
    }

    private static List<String> parameters(Node node) {
        return node.is("Pad")
                ? node.inputs().stream()
                        .skip(1)
                        .filter(input -> !node.input(2).filter(input::equals).isPresent())
                        .toList()
                : node.inputs().stream().skip(1).toList();
    }

    private static String cast(Graph graph, String value, GraphEdit edit) {
        String floats = edit.freshName(value + "_float");
        Map<String, Attribute> type = Map.of("to", new Attribute.Int(ElementType.FLOAT.code()));
        edit.insertAfter(
                graph.producer(value).orElseThrow(), Node.of("", "Cast", List.of(value), List.of(floats), type));
        return floats;
    }

    private static Map<String, Tensor> run(Graph graph, Map<String, String> wanted) {
        Map<String, Tensor> found = new LinkedHashMap<>();
        try (Network network = Network.of(GraphSlice.of(graph, wanted.values()), NetworkOptions.DEFAULT)) {
            Map<String, Tensor> floats = network.run(Map.of());
            wanted.forEach((value, name) -> found.put(value, floats.get(name)));
            found.values().removeIf(ComputedParameters::isInexact);
        }
        return found;
    }

    private static boolean isInexact(Tensor tensor) {
        for (float number : tensor.floats()) {
            if (Math.abs(number) > LARGEST) {
                return true;
            }
        }
        return false;
    }

    private static Graph replaced(Graph graph, Set<Node> readers, Map<String, Tensor> found) {
        GraphEdit edit = graph.edit();
        Map<String, String> names = new LinkedHashMap<>();
        found.forEach((value, tensor) -> {
            long[] numbers = new long[tensor.size()];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = (long) tensor.floats()[i];
            }
            names.put(value, edit.putFresh(Initializer.ofLongs(value + "_constant", numbers, tensor.dims())));
        });
        readers.forEach(node -> edit.replace(
                node,
                node.withInputs(node.inputs().stream()
                        .map(input -> names.getOrDefault(input, input))
                        .toList())));
        return withoutUnread(edit.build());
    }

    private static Graph withoutUnread(Graph graph) {
        ConstantValues constants = ConstantValues.of(graph);
        Set<String> read = new HashSet<>();
        graph.outputs().forEach(output -> read.add(output.name()));
        GraphEdit edit = graph.edit();
        for (int i = graph.nodes().size() - 1; i >= 0; i--) {
            Node node = graph.nodes().get(i);
            if (constants.isComputedBy(node) && node.outputs().stream().noneMatch(read::contains)) {
                edit.remove(node);
            } else {
                read.addAll(node.inputs());
                read.addAll(node.captures());
            }
        }
        return edit.build();
    }
}
