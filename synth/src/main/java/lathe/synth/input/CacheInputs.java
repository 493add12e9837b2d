package lathe.synth.input;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;

/**
 * Recognises what a decoder keeps of the tokens that it has read, one entry a token: an input of real numbers to which a
 * Concat, along an axis of any length, or an attention of ONNX Runtime adds, and that is an output then. Empty, it stands for the
 * beginning of a text.
 */
final class CacheInputs {

    private static final String RUNTIME_DOMAIN = "com.microsoft";

    /** Those before are queries, keys and values. */
    private static final int FIRST_OF_ATTENTION = 3;

    private CacheInputs() {}

    /** Their names. */
    static Set<String> of(Graph graph) {
        Set<String> outputs = new HashSet<>();
        Stream.concat(Stream.of(graph), graph.allNodes().flatMap(node -> node.bodies().stream()))
                .flatMap(part -> part.outputs().stream())
                .forEach(output -> outputs.add(output.name()));
        List<Node> longer = graph.allNodes()
                .filter(node -> node.is("Concat") || node.domain().equals(RUNTIME_DOMAIN))
                .filter(node -> node.outputs().stream().anyMatch(outputs::contains))
                .toList();
        Set<String> caches = new LinkedHashSet<>();
        for (Value input : graph.requiredInputs()) {
            boolean open = Feed.isReal(input.type()) && hasOpenAxis(input);
            if (open && longer.stream().anyMatch(node -> lengthens(node, input))) {
                caches.add(input.name());
            }
        }
        return caches.size() < graph.requiredInputs().size() ? caches : Set.of();
    }

    private static boolean lengthens(Node node, Value input) {
        int at = node.inputs().indexOf(input.name());
        if (!node.is("Concat")) {
            return at >= FIRST_OF_ATTENTION;
        }
        int rank = input.dims().orElseThrow().size();
        long axis = node.integer("axis").orElse(0);
        long from = axis < 0 ? axis + rank : axis;
        return at == 0 && from > 0 && from < rank && isOpen(input, (int) from);
    }

    private static boolean hasOpenAxis(Value input) {
        int rank = input.dims().map(List::size).orElse(0);
        return IntStream.range(1, rank).anyMatch(axis -> isOpen(input, axis));
    }

    private static boolean isOpen(Value input, int axis) {
        return input.dims().orElseThrow().get(axis).extent().isEmpty() && !OpenAxes.isBatch(input, axis);
    }
}
