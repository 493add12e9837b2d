package lathe.engine.channel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;

/**
 * Takes channels out of a graph: slices the constants along them, changes the attributes that count them, and gives new names
 * to values that lose some, since a file may state the shapes of the old ones. Nodes without a name that write such a value
 * are named after the old one, as layers are called in reports and options. Not thread-safe.
 */
final class ChannelRemoval {

    private final Graph graph;
    private final Labelling labelling;
    private final Kept kept;
    private final GraphEdit edit;
    private final Map<String, String> sliced = new HashMap<>();

    private ChannelRemoval(Labelling labelling, Kept kept) {
        this.graph = labelling.graph();
        this.labelling = labelling;
        this.kept = kept;
        this.edit = graph.edit();
    }

    /** The graph with what is kept; at least one channel of each value must be. */
    static Graph of(Labelling labelling, Kept kept) {
        ChannelRemoval removal = new ChannelRemoval(labelling, kept);
        removal.sliceConstants();
        removal.changeNodes();
        removal.renameValues();
        return removal.edit.build();
    }

    private boolean loses(int[] ids) {
        return kept.count(ids) < ids.length;
    }

    /** A constant may be sliced along two axes for one node; equal slices for several nodes are stored once. */
    private void sliceConstants() {
        Map<Node, Map<Integer, Map<Integer, int[]>>> byInput = new HashMap<>();
        for (Labelling.Along along : labelling.along()) {
            if (loses(along.labels().ids())) {
                byInput.computeIfAbsent(along.node(), node -> new TreeMap<>())
                        .computeIfAbsent(along.input(), input -> new TreeMap<>())
                        .put(
                                along.labels().axis(),
                                kept.positions(along.labels().ids()));
            }
        }
        for (Node node : graph.nodes()) {
            byInput.getOrDefault(node, Map.of()).forEach((input, axes) -> {
                Initializer constant = graph.constant(node, input).orElseThrow();
                String key = constant.name() + described(axes);
                String name = sliced.computeIfAbsent(key, k -> edit.putFresh(slice(constant, axes)));
                edit.replace(node, ConstantInput.replaced(edit.current(node), input, name));
            });
        }
    }

    private static Initializer slice(Initializer constant, Map<Integer, int[]> axes) {
        Initializer slice = constant;
        for (Map.Entry<Integer, int[]> axis : axes.entrySet()) {
            slice = ConstantPositions.of(slice, axis.getKey(), axis.getValue());
        }
        return slice;
    }

    private static String described(Map<Integer, int[]> axes) {
        StringBuilder text = new StringBuilder();
        axes.forEach((axis, positions) -> text.append('/').append(axis).append(Arrays.toString(positions)));
        return text.toString();
    }

    private void changeNodes() {
        for (Labelling.Changed changed : labelling.changed()) {
            Node node = changed.node();
            edit.replace(node, changed.change().apply(edit.current(node), kept, edit));
        }
    }

    private void renameValues() {
        Map<String, String> names = new HashMap<>();
        labelling.byValue().forEach((value, labels) -> {
            if (loses(labels.ids())) {
                names.put(value, edit.freshName(value));
            }
        });
        Set<String> nodeNames = graph.allNodes().map(Node::name).collect(Collectors.toSet());
        for (Node node : graph.nodes()) {
            Node now = edit.current(node);
            List<String> inputs = renamed(now.inputs(), names);
            List<String> outputs = renamed(now.outputs(), names);
            if (!outputs.equals(now.outputs()) && now.name().isEmpty() && nodeNames.add(node.output())) {
                now = now.withName(node.output());
            }
            if (!inputs.equals(now.inputs()) || !outputs.equals(now.outputs())) {
                edit.replace(node, now.withInputs(inputs).withOutputs(outputs));
            }
        }
        names.forEach((old, name) -> {
            ChannelStatistics known = graph.statistics().get(old);
            Labels labels = labelling.byValue().get(old);
            if (known != null && labels.axis() == 1 && labels.ids().length == known.channels()) {
                edit.statistics(name, picked(known, kept.positions(labels.ids())));
            }
        });
    }

    private static List<String> renamed(List<String> values, Map<String, String> names) {
        List<String> renamed = new ArrayList<>(values);
        renamed.replaceAll(value -> names.getOrDefault(value, value));
        return renamed;
    }

    private static ChannelStatistics picked(ChannelStatistics known, int[] positions) {
        float[] mean = new float[positions.length];
        float[] deviation = new float[positions.length];
        for (int i = 0; i < positions.length; i++) {
            mean[i] = known.mean()[positions[i]];
            deviation[i] = known.deviation()[positions[i]];
        }
        return new ChannelStatistics(mean, deviation);
    }
}
