package lathe.engine.channel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Value;

/**
 * The channels of a graph while they are found: the network run on labels in place of numbers. A value has labels along one
 * axis at most; values without are either not followed, or have no channels that could be removed. Not thread-safe.
 */
final class Labelling {

    private final Graph graph;
    private final Function<String, Optional<List<Long>>> shapes;
    private final UnionFind channels = new UnionFind();
    private final Map<String, Labels> byValue = new LinkedHashMap<>();
    private final Map<String, String> lost =
            new HashMap<>(); // values whose channels are not followed any more, and why
    private final List<Along> along = new ArrayList<>();
    private final List<Changed> changed = new ArrayList<>();
    private final List<Node> mixing = new ArrayList<>();

    /**
     * A constant that has one position per channel along an axis.
     *
     * @param node that reads it
     * @param input position among the inputs of the node
     * @param labels of the constant
     */
    record Along(Node node, int input, Labels labels) {}

    /** A node that changes when channels go. */
    record Changed(Node node, NodeChange change) {}

    private Labelling(Graph graph, Function<String, Optional<List<Long>>> shapes) {
        this.graph = graph;
        this.shapes = shapes;
    }

    /** Runs a graph. */
    static Labelling of(Graph graph, Function<String, Optional<List<Long>>> shapes) {
        Labelling labelling = new Labelling(graph, shapes);
        graph.inputs()
                .forEach(input ->
                        labelling.lost.put(input.name(), "'%s' is an input of the network".formatted(input.name())));
        graph.nodes().forEach(labelling::label);
        for (Value output : graph.outputs()) {
            labelling.freeze(output.name(), "'%s' is an output of the network".formatted(output.name()));
        }
        labelling.uniteShared();
        return labelling;
    }

    private void label(Node node) {
        node.captures()
                .forEach(value -> freeze(
                        value, "%s '%s' reads them in its body".formatted(node.opType(), ChannelRule.name(node))));
        boolean reads = node.inputs().stream().anyMatch(byValue::containsKey);
        Optional<ChannelRule> rule = ChannelRules.of(node);
        if (!reads && !ChannelRules.startsChannels(node)) {
            node.inputs().stream()
                    .filter(lost::containsKey)
                    .findFirst()
                    .ifPresent(value -> lose(node, lost.get(value)));
            return;
        }
        int before = along.size();
        int changedBefore = changed.size();
        try {
            rule.orElseThrow(() -> ChannelRule.unknown(node, "may mix channels"))
                    .label(node, this);
        } catch (UnsupportedModelException e) {
            node.inputs().forEach(value -> freeze(value, e.getMessage()));
            node.outputs().forEach(byValue::remove);
            lose(node, e.getMessage());
            along.subList(before, along.size()).clear();
            changed.subList(changedBefore, changed.size()).clear();
        }
    }

    private void lose(Node node, String reason) {
        node.outputs().forEach(value -> lost.put(value, reason));
    }

    Graph graph() {
        return graph;
    }

    UnionFind channels() {
        return channels;
    }

    /** The labels of all values that have some, in graph order. */
    Map<String, Labels> byValue() {
        return byValue;
    }

    List<Along> along() {
        return along;
    }

    List<Changed> changed() {
        return changed;
    }

    /** The nodes that mix the channels that they read with constant weights, in graph order. */
    List<Node> mixing() {
        return mixing;
    }

    /** Notes that a node mixes the channels that it reads with constant weights. */
    void mixes(Node node) {
        mixing.add(node);
    }

    /** The labels of an input of a node; empty if it has none. */
    Optional<Labels> labels(Node node, int input) {
        return node.input(input).map(byValue::get);
    }

    /** The labels of an input that must have some. */
    Labels known(Node node, int input) {
        return labels(node, input).orElseThrow(() -> ChannelRule.unknown(node, "reads them beside its data"));
    }

    /**
     * The channels of an input of a node along an axis. Where the input has no labels there, it gets frozen ones for this
     * node alone; labels along another axis are frozen, since the node mixes them.
     *
     * @param count extent of the axis
     */
    Labels along(Node node, int input, int axis, int count) {
        String value = node.inputs().get(input);
        Optional<Labels> found = labels(node, input);
        if (found.isPresent() && found.get().axis() == axis && found.get().ids().length == count) {
            return found.get();
        }
        freeze(value, "%s '%s' reads them along another axis".formatted(node.opType(), ChannelRule.name(node)));
        Labels frozen = fresh(axis, count);
        String reason = lost.getOrDefault(value, "'%s' has no channels that can be followed".formatted(value));
        for (int id : frozen.ids()) {
            channels.freeze(id, reason);
        }
        return frozen;
    }

    /** New channels. */
    Labels fresh(int axis, int count) {
        return new Labels(
                axis, IntStream.range(0, count).map(i -> channels.add()).toArray());
    }

    /** Says what the channels of a value are. */
    void write(String value, Labels labels) {
        byValue.put(value, labels);
    }

    /** Says that a node's only output has these channels. */
    void write(Node node, Labels labels) {
        if (node.outputs().stream().skip(1).anyMatch(output -> !output.isEmpty())) {
            throw ChannelRule.unknown(node, "has more than one output");
        }
        write(node.output(), labels);
    }

    /** Channels at equal positions can only be removed together. */
    void unite(int[] a, int[] b) {
        for (int i = 0; i < a.length; i++) {
            channels.unite(a[i], b[i]);
        }
    }

    private void freeze(String value, String reason) {
        Labels labels = byValue.get(value);
        if (labels != null) {
            for (int id : labels.ids()) {
                channels.freeze(id, reason);
            }
        }
    }

    /** Notes that a constant input has one position per channel along an axis. */
    void constant(Node node, int input, int axis, int[] ids) {
        Initializer constant = constant(node, input);
        if (axis >= constant.rank() || constant.dims().get(axis) != ids.length) {
            throw ChannelRule.unknown(
                    node,
                    "has a constant '%s' of extents %s for %d channels on axis %d"
                            .formatted(constant.name(), constant.dims(), ids.length, axis));
        }
        if (constant.type().bits() == 0 || constant.type().bits() % Byte.SIZE != 0) {
            throw ChannelRule.unknown(node, "has a constant '%s' of %s".formatted(constant.name(), constant.type()));
        }
        along.add(new Along(node, input, new Labels(axis, ids)));
    }

    /** The constant at an input of a node, which must be one. */
    Initializer constant(Node node, int input) {
        return graph.constant(node, input)
                .orElseThrow(() -> ChannelRule.unknown(node, "computes its input %d".formatted(input)));
    }

    /** Notes that a node changes when channels go. */
    void change(Node node, NodeChange change) {
        changed.add(new Changed(node, change));
    }

    /** Extents of a value. */
    List<Long> shape(String value) {
        return graph.constant(value)
                .map(Initializer::dims)
                .or(() -> shapes.apply(value))
                .orElseThrow(() -> new UnsupportedModelException("the shape of '%s' is not known".formatted(value)));
    }

    /** Extents of an input of a node. */
    List<Long> shape(Node node, int input) {
        return shape(node.inputs().get(input));
    }

    /** A constant input of whole numbers; empty if it is left out. */
    Optional<long[]> longs(Node node, int input) {
        return node.input(input).isEmpty()
                ? Optional.empty()
                : Optional.of(constant(node, input).longs());
    }

    /**
     * Weights that several nodes read lose the same channels for all of them; where one reads them in another way, none.
     * Vectors are small, and each node gets its own.
     */
    private void uniteShared() {
        Map<String, Set<List<Object>>> readers = new HashMap<>();
        Map<String, Map<Integer, int[]>> axes = new HashMap<>();
        for (Along one : along) {
            Initializer constant = constant(one.node(), one.input());
            if (isVector(constant)) {
                continue;
            }
            readers.computeIfAbsent(constant.name(), name -> new HashSet<>())
                    .add(List.of(one.node(), one.input(), one.labels().axis()));
            Map<Integer, int[]> known = axes.computeIfAbsent(constant.name(), name -> new HashMap<>());
            int[] first = known.putIfAbsent(one.labels().axis(), one.labels().ids());
            if (first != null) {
                unite(first, one.labels().ids());
            }
        }
        Map<String, Integer> reads = new HashMap<>();
        graph.allNodes()
                .flatMap(node -> node.inputs().stream())
                .flatMap(value -> graph.constant(value).stream())
                .forEach(constant -> reads.merge(constant.name(), 1, Integer::sum));
        axes.forEach((name, known) -> known.forEach((axis, ids) -> {
            long labelled = readers.get(name).stream()
                    .filter(reader -> reader.get(2).equals(axis))
                    .count();
            if (labelled != reads.get(name) || graph.isOutput(name)) {
                for (int id : ids) {
                    channels.freeze(id, "the weights '%s' are read in several ways".formatted(name));
                }
            }
        }));
    }

    private static boolean isVector(Initializer constant) {
        return constant.dims().stream().filter(extent -> extent != 1).count() <= 1;
    }
}
