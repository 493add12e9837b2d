package lathe.engine.thinning;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import lathe.engine.channel.ChannelClasses;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Node;
import lathe.engine.layer.ChannelBlock;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.LastLayers;
import lathe.engine.layer.Layer;

/**
 * Which channels go: greedily, some channels of the same values at a time, those that cost least for what they save now, where
 * channels count as {@linkplain ChannelBlock#filled kernels compute them}.
 * What a channel costs is the loss of all layers that read it, repaired by least squares as channels of these values go
 * (block-OBS, {@link BlockElimination}), as parts of the energy of their outputs, times a weight of the kind of channel: how much
 * of such a loss reaches the outputs of the network.
 *
 * <p>After Horton et al. (arXiv 2006.16860) and DFPC (Narshana et al., ICLR 2023), who repair or rank coupled channels without
 * data.
 *
 * <p>Measures layers as {@link MeasuredReaders} does; needs memory for five matrices of the order of the columns of each layer
 * that is measured at once. What is chosen does not depend on how many these are. Not thread-safe.
 */
public final class ChannelChoice {

    /** Ridge of the repair, as a part of the mean square of what a layer reads, where training says what channels are like. */
    private static final double DAMPING = 0.01;

    /** The same where nothing says it. */
    private static final double DAMPING_UNKNOWN = 0.1;

    /** No kind weighs less than this: re-centred synthetic inputs, too, hide some of what late layers do (bench/RESULTS.md). */
    private static final double LEAST = 0.25;

    private final Graph graph;
    private final List<LayerCost> costs;
    private final ChannelBlock block;
    private final boolean trusted;
    private final MeasuredReaders measured;
    private final List<Reader> readers = new ArrayList<>();
    private final List<Kind> kinds = new ArrayList<>();
    private final BitSet gone = new BitSet();

    /**
     * Gets ready to choose.
     *
     * @param layers of the graph
     * @param measure finds the statistics of layers' inputs, by name; what a layer without reads stays
     * @param bytes of Gram matrices that may be measured at once, see {@link Layer#gramBytes}; exceeded where the layers that read
     *     the same channels need more
     * @param trusted false if inputs may hide what a channel does, as they do without statistics of training, and most where few
     *     samples are left of them: layers that write outputs of the network then keep what they read, and no kind of channel
     *     weighs less than 1
     * @param costs of all layers
     * @param block of which a multiple of each kind is left
     */
    public ChannelChoice(
            Graph graph,
            List<Layer> layers,
            ChannelClasses classes,
            Function<List<Layer>, Map<String, InputStatistics>> measure,
            long bytes,
            boolean trusted,
            List<LayerCost> costs,
            ChannelBlock block) {
        this.graph = graph;
        this.costs = List.copyOf(costs);
        this.trusted = trusted;
        this.block = block;
        this.measured = new MeasuredReaders(measure, bytes, trusted ? DAMPING : DAMPING_UNKNOWN);
        Reader.All all = Reader.of(layers, classes);
        Set<Node> last = LastLayers.of(graph, layers.stream().map(Layer::node).collect(Collectors.toSet()));
        BitSet fixed = all.unknown();
        for (Reader reader : all.readers()) {
            Node node = reader.layer().node();
            boolean shared = graph.consumers(node.inputs().get(1)).size() > 1;
            if (shared || (!trusted && last.contains(node))) {
                Arrays.stream(reader.inputs()).forEach(fixed::set);
            } else {
                readers.add(reader);
            }
        }
        for (BitSet kind : classes.kinds()) {
            List<Reader> own = readers.stream()
                    .filter(reader -> Arrays.stream(reader.inputs()).anyMatch(kind::get))
                    .toList();
            if (!fixed.intersects(kind) && !own.isEmpty()) {
                kinds.add(new Kind(kind, own, block));
            }
        }
    }

    /**
     * Finds for each kind what becomes of the network's outputs when its first block goes, and half of it. Kinds without which these
     * are not finite stay.
     *
     * @param outputError squared relative error of the outputs of a graph that is changed in its constants alone
     */
    public void weigh(ToDoubleFunction<Graph> outputError) {
        double least = trusted ? LEAST : 1;
        List<Kind> unknown = new ArrayList<>();
        kinds.removeIf(kind -> !kind.isOpen());
        measured.each(kinds, Kind::readers, (kind, whole) -> {
            if (whole.size() < kind.readers().size()) {
                unknown.add(kind);
                return;
            }
            double loss = 0;
            for (int count : kind.probes()) {
                GraphEdit edit = graph.edit();
                kind.find(whole, count).forEach(reader -> reader.writeTo(edit));
                double error = outputError.applyAsDouble(edit.build());
                loss = Math.max(loss, Math.max(error, least * kind.loss(count)));
                kind.setLoss(count, loss);
            }
            if (!Double.isFinite(loss)) {
                unknown.add(kind);
            }
        });
        kinds.removeAll(unknown);
    }

    /**
     * Removes blocks until the layers cost no more than they may; then puts back those, the dearest first, that are not needed for
     * that.
     *
     * @return classes that go
     */
    public BitSet until(double most) {
        List<Kind.Step> taken = new ArrayList<>();
        double now = cost(gone);
        while (now > most) {
            List<Kind> open = kinds.stream().filter(Kind::isOpen).toList();
            findNext(open);
            double before = filled(gone);
            Optional<Kind.Step> best = open.stream()
                    .flatMap(kind -> kind.steps().stream())
                    .min(Comparator.comparingDouble(step -> step.loss() / (before - filled(with(step.classes())))));
            if (best.isEmpty()) {
                break;
            }
            Kind.Step step = best.get();
            step.classes().forEach(gone::set);
            step.take();
            taken.add(step);
            now = cost(gone);
        }
        putBack(taken, most);
        return (BitSet) gone.clone();
    }

    /** Finds what may go next, where it is not known, and more than is needed now, since that may measure layers again. */
    private void findNext(List<Kind> open) {
        if (open.stream().anyMatch(kind -> kind.farthest() > kind.known())) {
            List<Kind> soon =
                    open.stream().filter(kind -> kind.known() < soon(kind)).toList();
            measured.each(soon, Kind::readers, (kind, whole) -> kind.find(whole, soon(kind)));
        }
    }

    private static int soon(Kind kind) {
        return Math.min(2 * kind.farthest(), kind.channels() - 1);
    }

    private BitSet with(List<Integer> classes) {
        BitSet all = (BitSet) gone.clone();
        classes.forEach(all::set);
        return all;
    }

    private void putBack(List<Kind.Step> taken, double most) {
        List<Kind.Step> dearest = new ArrayList<>(taken);
        dearest.sort(Comparator.comparingDouble(step -> -step.loss()));
        for (Kind.Step step : dearest) {
            BitSet fewer = (BitSet) gone.clone();
            step.classes().forEach(fewer::clear);
            if (cost(fewer) <= most) {
                gone.and(fewer);
            }
        }
    }

    private double filled(BitSet without) {
        return LayerCost.filled(costs, without, block);
    }

    private double cost(BitSet without) {
        return LayerCost.sum(costs, without);
    }

    /** The graph with all readers repaired, which read nothing of the channels that go any more. */
    public Graph repaired() {
        GraphEdit edit = graph.edit();
        List<Reader> changed = readers.stream()
                .filter(reader -> Arrays.stream(reader.inputs()).anyMatch(gone::get))
                .toList();
        measured.each(changed, List::of, (reader, whole) -> {
            ThinnedReader thinned = whole.get(0).copy();
            gone.stream().forEach(thinned::remove);
            thinned.writeTo(edit);
        });
        return edit.build();
    }
}
