package lathe.engine.graph;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.ints.IntList;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A network: nodes in an order in which every value is produced before it is read, constants, inputs and outputs.
 * Immutable and thread-safe; {@link #edit()} makes changed copies. Look-ups by value name cost one hash.
 *
 * <p>{@link #statistics()} are facts about values that no file carries; they live as long as the graph in memory.
 */
public final class Graph {

    private final List<Node> nodes;
    private final Map<String, Initializer> initializers;
    private final List<Value> inputs;
    private final List<Value> outputs;
    private final Map<String, Long> opsets;
    private final Map<String, String> metadata;
    private final Map<String, ChannelStatistics> statistics;
    private final Optional<Origin> origin;

    private final Object2IntOpenHashMap<String> producers = new Object2IntOpenHashMap<>();
    private final Map<String, IntList> consumers;
    private final Map<String, String> identities = new HashMap<>();
    private final Set<String> outputNames = new HashSet<>();
    private final Map<Node, Node> enclosing = new HashMap<>();

    /**
     * Indexes the nodes, in one pass. Whether the order of nodes is right is checked when a file is read or written.
     *
     * @param nodes in topological order
     * @param initializers constants of the graph, in file order
     * @param inputs graph inputs, which in old files include every initializer
     * @param outputs graph outputs
     * @param opsets version by domain; the standard domain is the empty string
     * @param metadata {@code metadata_props} of the model
     * @param statistics what is known of the channels of some values, by value name
     * @param origin the model as read from a file
     * @throws UnsupportedModelException if two nodes produce the same value
     */
    public Graph(
            List<Node> nodes,
            Collection<Initializer> initializers,
            List<Value> inputs,
            List<Value> outputs,
            Map<String, Long> opsets,
            Map<String, String> metadata,
            Map<String, ChannelStatistics> statistics,
            Optional<Origin> origin) {
        this.nodes = List.copyOf(nodes);
        Map<String, Initializer> byName = new LinkedHashMap<>();
        initializers.forEach(initializer -> byName.put(initializer.name(), initializer));
        this.initializers = Collections.unmodifiableMap(byName);
        this.inputs = List.copyOf(inputs);
        this.outputs = List.copyOf(outputs);
        this.opsets = Collections.unmodifiableMap(new LinkedHashMap<>(opsets));
        this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        this.statistics = Map.copyOf(statistics);
        this.origin = origin;
        this.consumers = index();
        outputs.forEach(output -> outputNames.add(output.name()));
    }

    private Map<String, IntList> index() {
        producers.defaultReturnValue(-1);
        Map<String, IntList> readers = new LinkedHashMap<>();
        for (int i = 0; i < nodes.size(); i++) {
            Node node = nodes.get(i);
            for (String output : node.outputs()) {
                if (!output.isEmpty() && producers.put(output, i) != -1) {
                    throw new UnsupportedModelException("value '%s' is produced twice".formatted(output));
                }
            }
            for (String input : node.inputs()) {
                addReader(readers, input, i);
            }
            for (String captured : node.captures()) {
                addReader(readers, captured, i);
            }
            node.nodesInBodies().forEach(inner -> enclosing.put(inner, node));
            if (node.is("Identity")) {
                node.input(0).ifPresent(input -> identities.put(node.output(), passedOn(input)));
            }
        }
        return readers;
    }

    /** The value that an Identity, or a chain of them, hands on under this name; else the value itself. */
    private String passedOn(String value) {
        return identities.getOrDefault(value, value);
    }

    private static void addReader(Map<String, IntList> readers, String value, int node) {
        IntList list = readers.computeIfAbsent(value, v -> new IntArrayList(2));
        if (list.isEmpty() || list.getInt(list.size() - 1) != node) {
            list.add(node);
        }
    }

    /** In an order in which every value is produced before it is read. */
    public List<Node> nodes() {
        return nodes;
    }

    /** The nodes, each followed by those of its bodies, at any depth. */
    public Stream<Node> allNodes() {
        return nodes.stream().flatMap(node -> Stream.concat(Stream.of(node), node.nodesInBodies()));
    }

    /** The node in whose bodies another one is, at any depth; empty for a node of the graph itself. */
    public Optional<Node> enclosing(Node node) {
        return Optional.ofNullable(enclosing.get(node));
    }

    /**
     * How many values have each name, in the graph and in the bodies of its nodes, at any depth: inputs, constants and what
     * nodes write. O(nodes).
     */
    public Map<String, Integer> definitions() {
        Map<String, Integer> counts = new HashMap<>();
        countDefinitions(counts);
        counts.remove("");
        return counts;
    }

    private void countDefinitions(Map<String, Integer> counts) {
        Set<String> defined = new HashSet<>(initializers.keySet());
        origin.ifPresent(known -> defined.addAll(known.names()));
        inputs.forEach(input -> defined.add(input.name()));
        nodes.forEach(node -> defined.addAll(node.outputs()));
        defined.forEach(name -> counts.merge(name, 1, Integer::sum));
        nodes.forEach(node -> node.bodies().forEach(body -> body.countDefinitions(counts)));
    }

    /** The values that the nodes and the outputs of a body read from the graph around it, in order of first use. */
    Set<String> captures() {
        Set<String> read = new LinkedHashSet<>();
        Set<String> defined = new HashSet<>(initializers.keySet());
        origin.ifPresent(known -> defined.addAll(known.names()));
        inputs.forEach(input -> defined.add(input.name()));
        for (Node node : nodes) {
            read.addAll(node.inputs());
            read.addAll(node.captures());
            defined.addAll(node.outputs());
        }
        read.addAll(outputNames);
        read.removeAll(defined);
        read.remove("");
        return read;
    }

    /** Constants by name, in file order; does not include Constant nodes. */
    public Map<String, Initializer> initializers() {
        return initializers;
    }

    /** All inputs, those with a default among them. */
    public List<Value> inputs() {
        return inputs;
    }

    /** The inputs a caller has to feed: those that no initializer gives a default. */
    public List<Value> requiredInputs() {
        return inputs.stream()
                .filter(input -> !initializers.containsKey(input.name()))
                .toList();
    }

    /** What a run of the network gives. */
    public List<Value> outputs() {
        return outputs;
    }

    /** Version by domain, in file order; the standard domain is the empty string or {@code ai.onnx}. */
    public Map<String, Long> opsets() {
        return opsets;
    }

    /** Version of the standard operator set. */
    public long opset() {
        return opsets.getOrDefault("", opsets.getOrDefault("ai.onnx", 1L));
    }

    /** Notes that the model carries, in file order. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** What is known of the channels of some values, by value name. */
    public Map<String, ChannelStatistics> statistics() {
        return statistics;
    }

    /** The model as read from a file; empty when made in memory. */
    public Optional<Origin> origin() {
        return origin;
    }

    /** The node that writes this value. */
    public Optional<Node> producer(String value) {
        int index = producers.getInt(value);
        return index < 0 ? Optional.empty() : Optional.of(nodes.get(index));
    }

    /** The nodes that read this value, directly or from a sub-graph, each once, in graph order. */
    public List<Node> consumers(String value) {
        IntList readers = consumers.get(value);
        if (readers == null || value.isEmpty()) {
            return List.of();
        }
        List<Node> found = new ArrayList<>(readers.size());
        readers.forEach(index -> found.add(nodes.get(index)));
        return found;
    }

    /** True if the value is an output of the graph. */
    public boolean isOutput(String value) {
        return outputNames.contains(value);
    }

    /** The single reader of a value that is no graph output. */
    public Optional<Node> soleConsumer(String value) {
        List<Node> readers = consumers(value);
        return readers.size() == 1 && !isOutput(value) ? Optional.of(readers.get(0)) : Optional.empty();
    }

    /**
     * The constant behind a value: an initializer, or the content of a Constant node, maybe passed on by Identity.
     */
    public Optional<Initializer> constant(String value) {
        String source = passedOn(value);
        Initializer initializer = initializers.get(source);
        if (initializer != null) {
            return Optional.of(initializer);
        }
        return producer(source)
                .filter(node -> node.is("Constant"))
                .flatMap(node -> node.attributes().values().stream()
                        .flatMap(content -> content.asTensor(source).stream())
                        .findFirst());
    }

    /** The constant at an input position of a node. */
    public Optional<Initializer> constant(Node node, int input) {
        return node.input(input).flatMap(this::constant);
    }

    /**
     * The same graph with other content, all of it: where a change is small, {@link #edit()} makes it.
     *
     * @throws UnsupportedModelException if two nodes produce the same value
     */
    public Graph with(List<Node> newNodes, Collection<Initializer> newInitializers, List<Value> newOutputs) {
        return new Graph(newNodes, newInitializers, inputs, newOutputs, opsets, metadata, statistics, origin);
    }

    /** The same graph as if nothing were known of its values in training. */
    public Graph withoutStatistics() {
        return new Graph(nodes, initializers.values(), inputs, outputs, opsets, metadata, Map.of(), origin);
    }

    /** The same graph with other inputs, all of them. */
    public Graph withInputs(List<Value> newInputs) {
        return new Graph(nodes, initializers.values(), newInputs, outputs, opsets, metadata, statistics, origin);
    }

    /** Starts a changed copy. */
    public GraphEdit edit() {
        return new GraphEdit(this);
    }
}
