package lathe.engine.qdq;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.layer.SolvedLayer;
import lathe.engine.tensor.ElementType;

/**
 * Bytes that a layer adds to a file, those of nodes, names and shapes included, counted as protobuf encodes them. What
 * layers share is left out: tables of levels that are not fitted, and the nodes of a {@link Pack}. Names are counted as short as they are in a
 * network of one layer; in one of a hundred, a layer takes some tens of bytes more.
 */
final class LayerBytes {

    /** Bytes of the field that says what kind of attribute it is. */
    private static final long TYPE = 3;

    private LayerBytes() {}

    /**
     * Bytes of weights, scales, zero points and bias.
     *
     * @param withWeights false for the bias alone, where another layer stores the same weights
     */
    static long of(SolvedLayer solved, boolean withWeights, Graph graph, ActivationPlan plan, WeightForm form) {
        Graph written = QdqRewrite.withOne(solved, withWeights, graph, plan, form);
        Set<Node> before = graph.allNodes().collect(Collectors.toSet());
        Set<Node> after = written.allNodes().collect(Collectors.toSet());
        long bytes = ofThoseMissing(before, after) - ofThoseMissing(after, before);
        for (Initializer tensor : written.initializers().values()) {
            boolean shared = graph.initializers().containsKey(tensor.name()) || isSharedTable(tensor, solved, graph);
            bytes += shared ? 0 : ofMessage(ofTensor(tensor));
        }
        boolean packable = withWeights && QdqRewrite.mayBePacked(solved, graph, plan, form);
        return packable
                ? bytes
                        - PackedWeights.of(solved, graph.opset())
                                .map(PackedWeights::saved)
                                .orElse(0L)
                : bytes;
    }

    /** Bytes of the nodes of one set that the other does not have. */
    private static long ofThoseMissing(Set<Node> without, Set<Node> nodes) {
        return nodes.stream()
                .filter(node -> !without.contains(node))
                .mapToLong(node -> ofMessage(ofNode(node)))
                .sum();
    }

    private static boolean isSharedTable(Initializer tensor, SolvedLayer solved, Graph graph) {
        return tensor.type() == ElementType.FLOAT
                && solved.quantized().stream()
                        .limit(1)
                        .filter(group -> !group.format().fitted())
                        .flatMap(group -> StoredWeights.table(group.format(), graph.opset()).stream())
                        .anyMatch(table -> Arrays.equals(table.byCode(), tensor.floats()));
    }

    private static long ofTensor(Initializer tensor) {
        long bytes = ofNumber(tensor.type().code()) + ofText(tensor.name()) + ofMessage(tensor.storedBytes());
        for (long dim : tensor.dims()) {
            bytes += ofNumber(dim);
        }
        return bytes;
    }

    private static long ofNode(Node node) {
        long bytes = ofText(node.opType());
        bytes += node.name().isEmpty() ? 0 : ofText(node.name());
        bytes += node.domain().isEmpty() ? 0 : ofText(node.domain());
        bytes += Stream.concat(node.inputs().stream(), node.outputs().stream())
                .mapToLong(LayerBytes::ofText)
                .sum();
        for (Map.Entry<String, Attribute> attribute : node.attributes().entrySet()) {
            bytes += ofMessage(ofText(attribute.getKey()) + TYPE + ofValue(attribute.getValue()));
        }
        return bytes;
    }

    /** Numbers and words, which are all that is written; others are those that the node had before. */
    private static long ofValue(Attribute value) {
        return value instanceof Attribute.Int number
                ? ofNumber(number.value())
                : value instanceof Attribute.Text text ? ofText(text.value()) : 0;
    }

    private static long ofText(String text) {
        return ofMessage(text.getBytes(StandardCharsets.UTF_8).length);
    }

    /** A field of this many bytes, with its tag and its length. */
    private static long ofMessage(long size) {
        return ofNumber(size) + size;
    }

    /** A tag and a number of 7 bits a byte. */
    private static long ofNumber(long value) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(value | 1);
        return 1 + (bits + 6L) / 7;
    }
}
