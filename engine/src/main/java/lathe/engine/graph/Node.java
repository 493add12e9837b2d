package lathe.engine.graph;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * One operator application. Immutable and thread-safe. Identity is by object: two nodes with equal content are still
 * two nodes.
 *
 * @param name as in the file: may be empty or not unique
 * @param opType the operator, such as {@code Conv}
 * @param domain the operator set, empty for the standard one
 * @param inputs value names, empty where an optional input is left out
 * @param outputs value names, empty where an optional output is left out
 * @param attributes by name, in file order
 * @param captures values of the enclosing graph that sub-graphs of this node (If, Loop, Scan) read
 * @param origin as read from a file; empty when made in memory
 */
public record Node(
        String name,
        String opType,
        String domain,
        List<String> inputs,
        List<String> outputs,
        Map<String, Attribute> attributes,
        List<String> captures,
        Optional<Origin> origin) {

    public Node {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
        captures = List.copyOf(captures);
    }

    /** A node of the standard operator set, made in memory. */
    public static Node of(
            String name, String opType, List<String> inputs, List<String> outputs, Map<String, Attribute> attributes) {
        return new Node(name, opType, "", inputs, outputs, attributes, List.of(), Optional.empty());
    }

    /** True for this operator of the standard operator set. */
    public boolean is(String standardOpType) {
        return opType.equals(standardOpType) && (domain.isEmpty() || domain.equals("ai.onnx"));
    }

    /** The input at this position; empty when left out. */
    public Optional<String> input(int index) {
        return index < inputs.size() && !inputs.get(index).isEmpty()
                ? Optional.of(inputs.get(index))
                : Optional.empty();
    }

    /** The first output that is not left out; empty where there is none. */
    public String output() {
        return outputs.stream().filter(output -> !output.isEmpty()).findFirst().orElse("");
    }

    /** The same node under another name. */
    public Node withName(String newName) {
        return new Node(newName, opType, domain, inputs, outputs, attributes, captures, origin);
    }

    /** The same node reading other values; attributes and sub-graphs are kept. */
    public Node withInputs(List<String> newInputs) {
        return new Node(name, opType, domain, newInputs, outputs, attributes, captures, origin);
    }

    /** The same node writing other values; attributes and sub-graphs are kept. */
    public Node withOutputs(List<String> newOutputs) {
        return new Node(name, opType, domain, inputs, newOutputs, attributes, captures, origin);
    }

    /** The same node as another operator of the same operator set. */
    public Node withOpType(String newOpType) {
        return new Node(name, newOpType, domain, inputs, outputs, attributes, captures, origin);
    }

    /** The same node with one attribute set. */
    public Node withAttribute(String attribute, Attribute value) {
        Map<String, Attribute> changed = new LinkedHashMap<>(attributes);
        changed.put(attribute, value);
        return withAttributes(changed);
    }

    /** The same node without this attribute, which it need not have. */
    public Node withoutAttribute(String attribute) {
        Map<String, Attribute> changed = new LinkedHashMap<>(attributes);
        changed.remove(attribute);
        return withAttributes(changed);
    }

    /** The same node with other attributes; those that are kept are written as they were read. */
    public Node withAttributes(Map<String, Attribute> newAttributes) {
        return new Node(name, opType, domain, inputs, outputs, newAttributes, captures, origin);
    }

    /** The same node, of which a file said something else. */
    public Node withOrigin(Optional<Origin> newOrigin) {
        return new Node(name, opType, domain, inputs, outputs, attributes, captures, newOrigin);
    }

    /** Its sub-graphs, in file order: the bodies of an If, Loop or Scan; none for most nodes. */
    public List<Graph> bodies() {
        return attributes.values().stream()
                .filter(Attribute.OfGraph.class::isInstance)
                .map(attribute -> ((Attribute.OfGraph) attribute).body())
                .toList();
    }

    /** The nodes of its sub-graphs, at any depth, in file order. */
    public Stream<Node> nodesInBodies() {
        return bodies().stream().flatMap(Graph::allNodes);
    }

    /** The same node with each sub-graph as this makes it; the node itself if that changes none. */
    public Node withBodies(UnaryOperator<Graph> change) {
        Map<String, Attribute> changed = new LinkedHashMap<>(attributes);
        changed.replaceAll((name, attribute) -> attribute instanceof Attribute.OfGraph old
                ? new Attribute.OfGraph(change.apply(old.body()))
                : attribute);
        if (changed.equals(attributes)) {
            return this;
        }
        Set<String> read = new LinkedHashSet<>();
        for (Attribute attribute : changed.values()) {
            if (attribute instanceof Attribute.OfGraph found) {
                read.addAll(found.body().captures());
            }
        }
        return new Node(name, opType, domain, inputs, outputs, changed, List.copyOf(read), origin);
    }

    /** The integer attribute of this name. */
    public OptionalLong integer(String attribute) {
        return attributes.get(attribute) instanceof Attribute.Int found
                ? OptionalLong.of(found.value())
                : OptionalLong.empty();
    }

    /** The integer list of this name; empty when absent. */
    public Optional<long[]> integers(String attribute) {
        return attributes.get(attribute) instanceof Attribute.Ints found
                ? Optional.of(found.toArray())
                : Optional.empty();
    }

    /** The float attribute of this name, or {@code fallback}. */
    public float real(String attribute, float fallback) {
        return attributes.get(attribute) instanceof Attribute.Real found ? found.value() : fallback;
    }

    /** The string attribute of this name, or {@code fallback}. */
    public String text(String attribute, String fallback) {
        return attributes.get(attribute) instanceof Attribute.Text found ? found.value() : fallback;
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    @Override
    public String toString() {
        return "%s '%s' %s -> %s".formatted(opType, name, inputs, outputs);
    }
}
