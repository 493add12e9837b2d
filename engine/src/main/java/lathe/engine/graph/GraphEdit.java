package lathe.engine.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Changes to a graph, gathered and then built at once. Constants that only removed or replaced nodes read go with
 * them; constants that nobody read in the first place stay, as the file had them. Not thread-safe.
 *
 * <p>Places are named by nodes of the graph under edit, not by their replacements: any other node there is an
 * {@link IllegalArgumentException}. A node in a body can be replaced there; what is inserted at it goes to the node of the
 * graph whose body it is in, from where the body can read it. Starting and building cost one pass over the graph.
 */
public final class GraphEdit {

    private final Graph graph;
    private final Map<Node, List<Node>> before = new HashMap<>();
    private final Map<Node, List<Node>> after = new HashMap<>();
    private final Map<Node, Node> replaced = new HashMap<>();
    private final Set<Node> removed = new HashSet<>();
    private final List<Node> first = new ArrayList<>();
    private final Map<String, Initializer> initializers;
    private final List<Value> outputs;
    private final Map<String, Long> opsets;
    private final Map<String, String> metadata;
    private final Map<String, ChannelStatistics> statistics;
    private final Set<Node> members = new HashSet<>();
    private final Set<String> names = new HashSet<>();
    private final Map<String, Integer> nextNumber = new HashMap<>();

    GraphEdit(Graph graph) {
        this.graph = graph;
        this.initializers = new LinkedHashMap<>(graph.initializers());
        this.outputs = new ArrayList<>(graph.outputs());
        this.opsets = new LinkedHashMap<>(graph.opsets());
        this.metadata = new LinkedHashMap<>(graph.metadata());
        this.statistics = new HashMap<>(graph.statistics());
        names.addAll(graph.initializers().keySet());
        graph.inputs().forEach(input -> names.add(input.name()));
        graph.origin().ifPresent(origin -> names.addAll(origin.names()));
        graph.nodes().forEach(this::claimNames);
        graph.allNodes().forEach(members::add);
    }

    /** Names in the bodies of If and Loop count too: a new outer value must not be hidden by an inner one. */
    private void claimNames(Node node) {
        names.add(node.name());
        names.addAll(node.outputs());
        names.addAll(node.captures());
        for (Attribute attribute : node.attributes().values()) {
            if (attribute instanceof Attribute.Opaque opaque) {
                names.addAll(opaque.origin().names());
            }
            if (attribute instanceof Attribute.OfGraph found) {
                claimNames(found.body());
            }
        }
    }

    private void claimNames(Graph body) {
        names.addAll(body.initializers().keySet());
        body.inputs().forEach(input -> names.add(input.name()));
        body.outputs().forEach(output -> names.add(output.name()));
        body.origin().ifPresent(origin -> names.addAll(origin.names()));
        body.nodes().forEach(this::claimNames);
    }

    private Node place(Node anchor) {
        requireMember(anchor);
        return graph.enclosing(anchor).orElse(anchor);
    }

    private void requireMember(Node node) {
        if (!members.contains(node)) {
            throw new IllegalArgumentException("no node of the graph under edit: " + node);
        }
    }

    /** A name that nothing in the graph bears yet: the hint itself, or the hint with a number. */
    public String freshName(String hint) {
        String name = hint;
        while (!names.add(name)) {
            name = hint + "_" + nextNumber.merge(hint, 1, Integer::sum);
        }
        return name;
    }

    /** Puts another node in the place of a node of the graph; done again, the last one counts. */
    public GraphEdit replace(Node old, Node replacement) {
        requireMember(old);
        claimNames(replacement);
        replaced.put(old, replacement);
        return this;
    }

    /** The node that stands in the place of a node of the graph so far. */
    public Node current(Node node) {
        return replaced.getOrDefault(node, node);
    }

    /** Takes a node of the graph out. */
    public GraphEdit remove(Node node) {
        requireMember(node);
        removed.add(node);
        return this;
    }

    /** Adds a node in front of all others, behind earlier additions there. */
    public GraphEdit prepend(Node node) {
        claimNames(node);
        first.add(node);
        return this;
    }

    /** Adds a node just before a node of the graph, behind earlier additions at that place. */
    public GraphEdit insertBefore(Node anchor, Node node) {
        claimNames(node);
        before.computeIfAbsent(place(anchor), a -> new ArrayList<>()).add(node);
        return this;
    }

    /**
     * Adds a node without a name, which nobody asks for and which would take bytes, just before a node of the graph.
     *
     * @param hint for the name of what it computes
     * @return that name
     */
    public String computeBefore(
            Node anchor, String hint, String opType, List<String> inputs, Map<String, Attribute> attributes) {
        String result = freshName(hint);
        insertBefore(anchor, Node.of("", opType, inputs, List.of(result), attributes));
        return result;
    }

    /** Adds a node just behind a node of the graph, behind earlier additions at that place. */
    public GraphEdit insertAfter(Node anchor, Node node) {
        claimNames(node);
        after.computeIfAbsent(place(anchor), a -> new ArrayList<>()).add(node);
        return this;
    }

    /** Adds a constant, or puts it in the place of the one that bears its name. */
    public GraphEdit put(Initializer initializer) {
        names.add(initializer.name());
        initializers.put(initializer.name(), initializer);
        return this;
    }

    /** Adds a constant under a fresh name, its own or that with a number; returns that name. */
    public String putFresh(Initializer initializer) {
        Initializer fresh = initializer.named(freshName(initializer.name()));
        put(fresh);
        return fresh.name();
    }

    /** Adds a graph output. */
    public GraphEdit addOutput(Value output) {
        outputs.add(output);
        return this;
    }

    /** Replaces all graph outputs. */
    public GraphEdit outputs(List<Value> newOutputs) {
        outputs.clear();
        outputs.addAll(newOutputs);
        return this;
    }

    /** Raises an operator set to at least this version. */
    public GraphEdit requireOpset(String domain, long version) {
        String key = domain.isEmpty() && !opsets.containsKey("") && opsets.containsKey("ai.onnx") ? "ai.onnx" : domain;
        opsets.merge(key, version, Math::max);
        return this;
    }

    /** Sets an entry of the model's metadata. */
    public GraphEdit metadata(String key, String value) {
        metadata.put(key, value);
        return this;
    }

    /** Drops an entry of the model's metadata, if there is one. */
    public GraphEdit withoutMetadata(String key) {
        metadata.remove(key);
        return this;
    }

    /** Notes what is known of the channels of a value. */
    public GraphEdit statistics(String value, ChannelStatistics known) {
        statistics.put(value, known);
        return this;
    }

    /**
     * The changed graph; this edit must not be used afterwards.
     *
     * @throws UnsupportedModelException if two nodes produce the same value
     */
    public Graph build() {
        List<Node> nodes = new ArrayList<>(first);
        for (Node node : graph.nodes()) {
            nodes.addAll(before.getOrDefault(node, List.of()));
            if (!removed.contains(node)) {
                nodes.add(built(node));
            }
            nodes.addAll(after.getOrDefault(node, List.of()));
        }
        Set<String> read = dropOrphanConstants(nodes);
        initializers.keySet().removeIf(name -> !read.contains(name) && wasRead(name));
        statistics.keySet().removeIf(name -> !read.contains(name));
        List<Value> inputs = graph.inputs().stream()
                .filter(input -> initializers.containsKey(input.name())
                        || !graph.initializers().containsKey(input.name()))
                .toList();
        return new Graph(nodes, initializers.values(), inputs, outputs, opsets, metadata, statistics, graph.origin());
    }

    /** What stands in the place of a node, with what is replaced in its bodies. */
    private Node built(Node node) {
        Node now = current(node);
        return now.nodesInBodies().anyMatch(replaced::containsKey) ? now.withBodies(this::built) : now;
    }

    private Graph built(Graph body) {
        return body.allNodes().anyMatch(replaced::containsKey)
                ? body.with(
                        body.nodes().stream().map(this::built).toList(),
                        body.initializers().values(),
                        body.outputs())
                : body;
    }

    private boolean wasRead(String name) {
        return !graph.initializers().containsKey(name) || !graph.consumers(name).isEmpty();
    }

    /** Drops nodes that hold or pass on a constant nobody reads any more; gives what the others read. */
    private Set<String> dropOrphanConstants(List<Node> nodes) {
        Set<String> read = new HashSet<>();
        outputs.forEach(output -> read.add(output.name()));
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Node node = nodes.get(i);
            if (heldAConstantInUse(node) && !read.contains(node.output())) {
                nodes.remove(i);
            } else {
                read.addAll(node.inputs());
                read.addAll(node.captures());
            }
        }
        return read;
    }

    private boolean heldAConstantInUse(Node node) {
        return (node.is("Constant") || node.is("Identity"))
                && graph.constant(node.output()).isPresent()
                && !graph.consumers(node.output()).isEmpty();
    }
}
