package lathe.engine.thinning;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import lathe.engine.layer.ChannelBlock;

/**
 * Channels of the same values, in the order in which they go: each time the one without which the layers that read them, repaired,
 * lose least. The order is found as if all channels of other values stayed, so a kind needs no more than its own readers in memory.
 * Blocks of channels go at a time. Not thread-safe.
 */
final class Kind {

    private final BitSet classes;
    private final List<Reader> readers;
    private final ChannelBlock block;
    private final List<Integer> order = new ArrayList<>(); // as far as it is known
    private final List<Double> losses = new ArrayList<>(); // of each channel in that order
    private int removed; // how many of these are gone

    /** Weighted loss, by how many channels are gone. */
    private final NavigableMap<Integer, Double> measured = new TreeMap<>(Map.of(0, 0.0));

    /** Channels that may go next, together, and the weighted loss of all layers that read them, as parts of their outputs' energies. */
    record Step(Kind kind, List<Integer> classes, double loss) {

        /** Removes them. */
        void take() {
            kind.removed += classes.size();
        }
    }

    /**
     * None is gone.
     *
     * @param readers of these channels
     * @param block of which a multiple is left of the channels
     */
    Kind(BitSet classes, List<Reader> readers, ChannelBlock block) {
        this.classes = (BitSet) classes.clone();
        this.readers = List.copyOf(readers);
        this.block = block;
    }

    List<Reader> readers() {
        return readers;
    }

    int channels() {
        return classes.cardinality();
    }

    /** What the network loses with the first channels of the order gone, which are known. */
    void setLoss(int count, double loss) {
        measured.put(count, loss);
    }

    /**
     * Finds the first channels of the order.
     *
     * @param whole the readers
     * @param count of channels, fewer than there are
     * @return the readers without these channels
     */
    List<ThinnedReader> find(List<ThinnedReader> whole, int count) {
        List<ThinnedReader> thinned = whole.stream().map(ThinnedReader::copy).toList();
        BitSet left = (BitSet) classes.clone();
        for (int i = 0; i < count; i++) {
            if (i == order.size()) {
                addNext(thinned, left);
            }
            int next = order.get(i);
            thinned.forEach(reader -> reader.remove(next));
            left.clear(next);
        }
        return thinned;
    }

    private void addNext(List<ThinnedReader> thinned, BitSet left) {
        int best = -1;
        double least = Double.POSITIVE_INFINITY;
        for (int number = left.nextSetBit(0); number >= 0; number = left.nextSetBit(number + 1)) {
            int candidate = number;
            double loss = thinned.stream()
                    .mapToDouble(reader -> reader.loss(candidate))
                    .sum();
            if (best < 0 || loss < least) {
                best = number;
                least = loss;
            }
        }
        order.add(best);
        losses.add(least);
    }

    /** The sum of the losses of the first channels of the order, which are known, without weight. */
    double loss(int count) {
        return losses.subList(0, count).stream()
                .mapToDouble(Double::doubleValue)
                .sum();
    }

    /** The weighted loss: linear in that without weight, between counts at which it is known, and behind them. */
    private double weighted(int count) {
        Map.Entry<Integer, Double> higher = measured.higherEntry(count);
        Map.Entry<Integer, Double> high = higher == null ? measured.lastEntry() : higher;
        Map.Entry<Integer, Double> low = measured.lowerEntry(high.getKey());
        double from = loss(low.getKey());
        double to = loss(high.getKey());
        double slope = to > from ? (high.getValue() - low.getValue()) / (to - from) : 0;
        return low.getValue() + slope * (loss(count) - from);
    }

    /** Counts of channels at which the loss of the network is to be found: the next block, and half of all. */
    int[] probes() {
        int half = channels() / 2 / block.size() * block.size();
        return half > next() ? new int[] {next(), half} : new int[] {next()};
    }

    /** How many channels of the order are known. */
    int known() {
        return order.size();
    }

    /** True if a block can go and leave one. */
    boolean isOpen() {
        return goneWith(block) > removed;
    }

    /** How many channels are gone with the next block. */
    int next() {
        return goneWith(block);
    }

    /** How many are gone with the longest next step. */
    int farthest() {
        return Math.max(goneWith(block), goneWith(block.wide()));
    }

    /** As many as now if none were left. */
    private int goneWith(ChannelBlock blocks) {
        int left = channels() - removed;
        int fewer = (left - 1) / blocks.size() * blocks.size();
        return fewer > 0 ? channels() - fewer : removed;
    }

    /** The next steps: a block, and as many as leave whole wide ones. Their channels are known, and the loss of {@link #probes}. */
    List<Step> steps() {
        return IntStream.of(next(), farthest()).distinct().mapToObj(this::step).toList();
    }

    private Step step(int end) {
        return new Step(this, List.copyOf(order.subList(removed, end)), weighted(end) - weighted(removed));
    }
}
