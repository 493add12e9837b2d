package lathe.engine.thinning;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
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
    private double weight = 1;

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

    void setWeight(double newWeight) {
        weight = newWeight;
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

    /** The sum of the losses of the channels that are known, without weight. */
    double knownLoss() {
        return losses.stream().mapToDouble(Double::doubleValue).sum();
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

    /** The next steps, whose channels are known: a block, and as many as leave whole wide ones. */
    List<Step> steps() {
        return IntStream.of(next(), farthest()).distinct().mapToObj(this::step).toList();
    }

    private Step step(int end) {
        double loss = losses.subList(removed, end).stream()
                .mapToDouble(Double::doubleValue)
                .sum();
        return new Step(this, List.copyOf(order.subList(removed, end)), weight * loss);
    }
}
