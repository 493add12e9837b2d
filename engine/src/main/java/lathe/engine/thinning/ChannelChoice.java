package lathe.engine.thinning;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import lathe.engine.channel.ChannelClasses;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Node;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.LastLayers;
import lathe.engine.layer.Layer;

/**
 * Which channels go: greedily, a block of channels of the same values at a time, the one that costs least for each multiplication
 * that it saves now. What a channel costs is the loss of all layers that read it, repaired by least squares as channels go
 * (block-OBS, {@link BlockElimination}), as parts of the energy of their outputs, times a weight of the kind of channel: how much
 * of such a loss reaches the outputs of the network.
 *
 * <p>After Horton et al. (arXiv 2006.16860) and DFPC (Narshana et al., ICLR 2023), who repair or rank coupled channels without
 * data. Needs memory for three matrices of the order of the columns of each reader. Not thread-safe.
 */
public final class ChannelChoice {

    /** This share of a kind goes to find its weight. */
    private static final double PROBED = 0.2;

    /** Blocks of 8 are halved in kinds of fewer than this many: float kernels take 4 as well, where others are slower. */
    private static final int PARTS = 4;

    private static final int FLOAT_BLOCK = 8;

    private final Graph graph;
    private final List<LayerCost> costs;
    private final List<Kind> kinds = new ArrayList<>();
    private final List<ThinnedReader> whole = new ArrayList<>();
    private final List<ThinnedReader> readers = new ArrayList<>(); // without the classes that are gone
    private final BitSet gone = new BitSet();

    /** Channels of the same values. */
    private static final class Kind {
        private final BitSet left;
        private final List<Integer> readers;
        private final int block;
        private double weight = 1;
        private Optional<Block> next = Optional.empty();

        Kind(BitSet classes, List<Integer> readers, int multiple) {
            this.left = (BitSet) classes.clone();
            this.readers = readers;
            boolean small = PARTS * multiple > classes.cardinality();
            this.block = small && multiple == FLOAT_BLOCK ? FLOAT_BLOCK / 2 : multiple;
        }
    }

    /** Channels that would go next, in order, and what they cost. */
    private record Block(List<Integer> classes, double loss) {}

    /**
     * Gets ready to choose.
     *
     * @param layers of the graph
     * @param statistics of the layers' inputs, by name; what a layer without reads stays
     * @param trusted false if inputs may hide what a channel does, as they do without statistics of training, and most where few
     *     samples are left of them: layers that write outputs of the network then keep what they read
     * @param damping ridge of the repair, as a part of the mean square of what a layer reads
     * @param costs of all layers
     * @param multiple channels of a block; 8 are halved in kinds of fewer than 32
     */
    public ChannelChoice(
            Graph graph,
            List<Layer> layers,
            ChannelClasses classes,
            Map<String, InputStatistics> statistics,
            boolean trusted,
            double damping,
            List<LayerCost> costs,
            int multiple) {
        this.graph = graph;
        this.costs = List.copyOf(costs);
        Reader.All all = Reader.of(layers, classes);
        Set<Node> last = LastLayers.of(graph, layers.stream().map(Layer::node).collect(Collectors.toSet()));
        List<BitSet> read = new ArrayList<>();
        BitSet fixed = all.unknown();
        for (Reader reader : all.readers()) {
            InputStatistics known = statistics.get(reader.layer().name());
            BitSet inputs = new BitSet();
            for (int number : reader.inputs()) {
                inputs.set(number);
            }
            boolean shared =
                    graph.consumers(reader.layer().node().inputs().get(1)).size() > 1;
            boolean hidden = !trusted && last.contains(reader.layer().node());
            if (known == null || !known.isFinite() || shared || hidden) {
                fixed.or(inputs);
            } else {
                whole.add(ThinnedReader.of(reader, known, damping));
                read.add(inputs);
            }
        }
        whole.forEach(reader -> readers.add(reader.copy()));
        for (BitSet kind : classes.kinds()) {
            List<Integer> mine = new ArrayList<>();
            for (int i = 0; i < whole.size(); i++) {
                if (read.get(i).intersects(kind)) {
                    mine.add(i);
                }
            }
            if (!fixed.intersects(kind) && !mine.isEmpty()) {
                kinds.add(new Kind(kind, mine, multiple));
            }
        }
    }

    /**
     * Weighs each kind by what becomes of the network's outputs when a fifth of it goes.
     *
     * @param outputError squared relative error of the outputs of a graph that is changed in its constants alone
     * @param least weight: 0 where inputs are like real ones, 1 where they may hide what a channel does
     */
    public void weigh(ToDoubleFunction<Graph> outputError, double least) {
        for (Kind kind : kinds) {
            int channels = kind.left.cardinality();
            int count = Math.min(channels - 1, Math.max(1, (int) (PROBED * channels)));
            List<ThinnedReader> tried = copies(kind);
            Block block = block(kind, tried, count);
            GraphEdit edit = graph.edit();
            tried.forEach(reader -> reader.writeTo(edit));
            double error = outputError.applyAsDouble(edit.build());
            kind.weight = Math.max(least, block.loss() > 0 && Double.isFinite(error) ? error / block.loss() : least);
        }
    }

    private List<ThinnedReader> copies(Kind kind) {
        return kind.readers.stream().map(i -> readers.get(i).copy()).toList();
    }

    /** The channels of a kind that cost least, one after the other; changes the readers. */
    private static Block block(Kind kind, List<ThinnedReader> readers, int count) {
        BitSet left = (BitSet) kind.left.clone();
        List<Integer> chosen = new ArrayList<>();
        double total = 0;
        while (chosen.size() < count) {
            int best = -1;
            double least = Double.POSITIVE_INFINITY;
            for (int number = left.nextSetBit(0); number >= 0; number = left.nextSetBit(number + 1)) {
                int candidate = number;
                double loss = readers.stream()
                        .mapToDouble(reader -> reader.loss(candidate))
                        .sum();
                if (loss < least) {
                    best = number;
                    least = loss;
                }
            }
            int next = best;
            readers.forEach(reader -> reader.remove(next));
            left.clear(best);
            chosen.add(best);
            total += least;
        }
        return new Block(chosen, total);
    }

    /**
     * Removes blocks until the layers need no more than a number of multiplications; then puts back those, the dearest first,
     * that are not needed for that.
     *
     * @return classes that go
     */
    public BitSet until(double macs) {
        List<Removed> removed = new ArrayList<>();
        double now = macs(gone);
        while (now > macs) {
            double before = now;
            kinds.forEach(this::prepare);
            Optional<Kind> best = kinds.stream()
                    .filter(kind -> kind.next.isPresent())
                    .min(Comparator.comparingDouble(kind -> cost(kind) / (before - macs(with(kind)))));
            if (best.isEmpty()) {
                break;
            }
            removed.add(new Removed(best.get().next.orElseThrow().classes(), cost(best.get())));
            remove(best.get());
            now = macs(gone);
        }
        putBack(removed, macs);
        return (BitSet) gone.clone();
    }

    /** A block that was removed, and its weighted loss. */
    private record Removed(List<Integer> classes, double cost) {}

    private static double cost(Kind kind) {
        return kind.weight * kind.next.orElseThrow().loss();
    }

    private void putBack(List<Removed> removed, double macs) {
        List<Removed> dearest = new ArrayList<>(removed);
        dearest.sort(Comparator.comparingDouble(block -> -block.cost()));
        for (Removed block : dearest) {
            BitSet fewer = (BitSet) gone.clone();
            block.classes().forEach(fewer::clear);
            if (macs(fewer) <= macs) {
                gone.and(fewer);
            }
        }
        readers.clear();
        whole.forEach(reader -> readers.add(reader.copy()));
        gone.stream().forEach(number -> readers.forEach(reader -> reader.remove(number)));
    }

    /** Finds the next block of a kind, unless it is known, or would leave nothing. */
    private void prepare(Kind kind) {
        int channels = kind.left.cardinality();
        int count = channels % kind.block == 0 ? kind.block : channels % kind.block;
        if (kind.next.isEmpty() && count < channels) {
            kind.next = Optional.of(block(kind, copies(kind), count));
        }
    }

    private BitSet with(Kind kind) {
        BitSet all = (BitSet) gone.clone();
        kind.next.orElseThrow().classes().forEach(all::set);
        return all;
    }

    private void remove(Kind kind) {
        for (int number : kind.next.orElseThrow().classes()) {
            kind.readers.forEach(reader -> readers.get(reader).remove(number));
            kind.left.clear(number);
            gone.set(number);
        }
        kinds.stream()
                .filter(other -> other.readers.stream().anyMatch(kind.readers::contains))
                .forEach(other -> other.next = Optional.empty());
    }

    private double macs(BitSet without) {
        return costs.stream().mapToDouble(cost -> cost.without(without)).sum();
    }

    /** The graph with all readers repaired, which read nothing of the channels that go any more. */
    public Graph repaired() {
        GraphEdit edit = graph.edit();
        readers.forEach(reader -> reader.writeTo(edit));
        return edit.build();
    }
}
