package lathe.engine.channel;

import it.unimi.dsi.fastutil.ints.Int2IntOpenHashMap;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;

/**
 * The channels of a network in classes: all channels of a class, over all values, can only be removed together, as those that
 * an Add joins or a depthwise layer reads and writes (the coupled channels of DFPC, Narshana et al., ICLR 2023, and of
 * DepGraph, Fang et al., CVPR 2023). A class is frozen where a channel of it is in an output of the network, or meets an
 * operator that is not understood.
 *
 * <p>Where all weights that read the channels of some classes are 0, the network without these classes computes the same.
 *
 * <p>Finding classes costs one pass over the nodes, and time and memory of the order of the channels of all values. Immutable and
 * thread-safe.
 */
public final class ChannelClasses {

    private final Labelling labelling;
    private final int[] classOf; // of each element of the union-find
    private final Optional<String>[] reasons;

    private ChannelClasses(Labelling labelling) {
        this.labelling = labelling;
        UnionFind channels = labelling.channels();
        this.classOf = new int[channels.size()];
        Int2IntOpenHashMap numbers = new Int2IntOpenHashMap();
        for (int id = 0; id < classOf.length; id++) {
            int number = numbers.size();
            classOf[id] = numbers.computeIfAbsent(channels.find(id), root -> number);
        }
        @SuppressWarnings({"unchecked", "rawtypes"})
        Optional<String>[] none = new Optional[numbers.size()];
        this.reasons = none;
        for (int id = 0; id < classOf.length; id++) {
            reasons[classOf[id]] = channels.reason(id);
        }
    }

    /**
     * Finds the classes of a graph.
     *
     * @param shapes extents of {@link #needed} values as in a run of two samples, where the number of samples is open, so that
     *     they are not taken for an axis of one extent. Channels cannot be followed past a value without
     */
    public static ChannelClasses of(Graph graph, Function<String, Optional<List<Long>>> shapes) {
        return new ChannelClasses(Labelling.of(graph, shapes));
    }

    /** The values whose extents {@link #of} asks for: floats, in graph order. */
    public static Set<String> needed(Graph graph) {
        Set<String> followed = new HashSet<>();
        Set<String> needed = new LinkedHashSet<>();
        for (Node node : graph.nodes()) {
            boolean reads = node.inputs().stream().anyMatch(followed::contains);
            if (ChannelRules.of(node).isEmpty() || !(reads || ChannelRules.startsChannels(node))) {
                continue;
            }
            boolean ofFloats = ChannelRules.of(node).orElseThrow() instanceof BroadcastRule
                    || ChannelRules.of(node).orElseThrow() instanceof ConcatRule;
            node.inputs().stream()
                    .limit(ofFloats ? node.inputs().size() : 1)
                    .filter(input -> !input.isEmpty())
                    .forEach(needed::add);
            if (!node.is("Shape")) {
                node.outputs().stream()
                        .limit(node.is("Split") ? node.outputs().size() : 1)
                        .forEach(followed::add);
            }
        }
        needed.addAll(followed);
        needed.remove("");
        return needed;
    }

    /** The graph whose classes they are. */
    public Graph graph() {
        return labelling.graph();
    }

    /** How many classes there are; they are numbered from 0. */
    public int count() {
        return reasons.length;
    }

    /** Why a class cannot be removed, in one line; empty if it can. */
    public Optional<String> frozen(int number) {
        return reasons[number];
    }

    /**
     * Why channels of values cannot be removed, and how many classes each reason freezes, in the order of the graph. All others
     * are in {@link #kinds}.
     */
    public Map<String, Integer> frozen() {
        BitSet ofValues = new BitSet();
        labelling
                .byValue()
                .values()
                .forEach(labels -> Arrays.stream(labels.ids()).forEach(id -> ofValues.set(classOf[id])));
        Map<String, Integer> counts = new LinkedHashMap<>();
        ofValues.stream().forEach(number -> reasons[number].ifPresent(text -> counts.merge(text, 1, Integer::sum)));
        return counts;
    }

    /**
     * The channels of a value.
     *
     * @param axis where they are, counted from the front
     * @param classes the class of each position on that axis; several positions have one where a channel is flattened
     */
    public record Channels(int axis, int[] classes) {}

    /** The channels of a value; empty where none can be followed. */
    public Optional<Channels> of(String value) {
        return Optional.ofNullable(labelling.byValue().get(value))
                .map(labels -> new Channels(
                        labels.axis(),
                        Arrays.stream(labels.ids()).map(id -> classOf[id]).toArray()));
    }

    /** The values with channels, in graph order. */
    public List<String> values() {
        return List.copyOf(labelling.byValue().keySet());
    }

    /**
     * The nodes whose constant weights mix channels: all that reads channels of a class and does not go with it. In graph
     * order.
     */
    public List<Node> mixing() {
        return List.copyOf(labelling.mixing());
    }

    /**
     * The classes that can be removed, those together whose channels are in the same values: what is removed of one of these
     * sets decides how many channels its values keep. In the order of the graph.
     */
    public List<BitSet> kinds() {
        List<IntArrayList> values = new ArrayList<>();
        for (int number = 0; number < count(); number++) {
            values.add(new IntArrayList());
        }
        int index = 0;
        for (Labels labels : labelling.byValue().values()) {
            for (int id : labels.ids()) {
                IntArrayList known = values.get(classOf[id]);
                if (known.isEmpty() || known.getInt(known.size() - 1) != index) {
                    known.add(index);
                }
            }
            index++;
        }
        Map<IntArrayList, BitSet> kinds = new LinkedHashMap<>();
        for (int number = 0; number < count(); number++) {
            if (reasons[number].isEmpty() && !values.get(number).isEmpty()) {
                kinds.computeIfAbsent(values.get(number), key -> new BitSet()).set(number);
            }
        }
        return List.copyOf(kinds.values());
    }

    /**
     * As many of some classes as leave every kind a multiple of a number of channels, where it has that or can get there; kernels
     * of runtimes take so many at once, and are far slower for others. A kind that has no multiple, and would get to none,
     * loses all.
     *
     * @param wanted classes of {@link #removable}, which are not changed
     * @param multiple such as 8
     */
    public BitSet aligned(BitSet wanted, int multiple) {
        BitSet gone = new BitSet();
        for (BitSet kind : kinds()) {
            BitSet mine = (BitSet) kind.clone();
            mine.and(wanted);
            int spare = (kind.cardinality() - mine.cardinality()) % multiple;
            int stay = spare == 0 ? 0 : multiple - spare;
            boolean unaligned = kind.cardinality() % multiple != 0 && stay > mine.cardinality();
            mine.stream()
                    .skip(unaligned ? 0 : Math.min(stay, mine.cardinality()))
                    .forEach(gone::set);
        }
        return gone;
    }

    /**
     * As many of some classes as can be removed together: none that is frozen, and each value keeps a channel, the first.
     *
     * @param wanted classes, which are not changed
     */
    public BitSet removable(BitSet wanted) {
        BitSet gone = (BitSet) wanted.clone();
        for (int number = 0; number < count(); number++) {
            gone.set(number, gone.get(number) && reasons[number].isEmpty());
        }
        for (Labels labels : labelling.byValue().values()) {
            if (Arrays.stream(labels.ids()).allMatch(id -> gone.get(classOf[id]))) {
                gone.clear(classOf[labels.ids()[0]]);
            }
        }
        return gone;
    }

    /**
     * The graph without some classes.
     *
     * @param gone classes of {@link #removable}
     * @throws IllegalArgumentException if a class is frozen, or a value would have no channel left
     */
    public Graph without(BitSet gone) {
        if (!removable(gone).equals(gone)) {
            throw new IllegalArgumentException("classes that cannot be removed together: " + gone);
        }
        return gone.isEmpty()
                ? labelling.graph()
                : ChannelRemoval.of(labelling, new Kept(id -> !gone.get(classOf[id])));
    }
}
