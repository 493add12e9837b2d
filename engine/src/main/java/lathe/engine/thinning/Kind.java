package lathe.engine.thinning;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Channels of the same values, in the order in which they go: each time the one without which the layers that read them, repaired,
 * lose least. The order is found as if all channels of other values stayed, so a kind needs no more than its own readers in memory.
 * Blocks of channels go at a time. Not thread-safe.
 */
final class Kind {

    /** Blocks of 8 are halved in kinds of fewer than this many: float kernels take 4 as well, where others are slower. */
    private static final int PARTS = 4;

    private static final int FLOAT_BLOCK = 8;

    private final BitSet classes;
    private final List<Reader> readers;
    private final int multiple;
    private final List<Integer> order = new ArrayList<>(); // as far as it is known
    private final List<Double> losses = new ArrayList<>(); // of each channel in that order
    private int removed; // how many of these are gone
    private double weight = 1;

    /** Channels that go together, and the weighted loss of all layers that read them, as parts of their outputs' energies. */
    record Block(List<Integer> classes, double loss) {}

    /**
     * None is gone.
     *
     * @param readers of these channels
     * @param multiple that is left of the channels, if 8 then half of it where they are few
     */
    Kind(BitSet classes, List<Reader> readers, int multiple) {
        this.classes = (BitSet) classes.clone();
        this.readers = List.copyOf(readers);
        boolean few = PARTS * multiple > classes.cardinality();
        this.multiple = few && multiple == FLOAT_BLOCK ? FLOAT_BLOCK / 2 : multiple;
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

    /** How many channels are gone. */
    int removed() {
        return removed;
    }

    /** How many channels are gone with the next block; as many as now if it would leave none. */
    int next() {
        int left = channels() - removed;
        int count = left % multiple == 0 ? multiple : left % multiple;
        return count < left ? removed + count : removed;
    }

    /** The next block, which is known. */
    Block block() {
        double loss = losses.subList(removed, next()).stream()
                .mapToDouble(Double::doubleValue)
                .sum();
        return new Block(List.copyOf(order.subList(removed, next())), weight * loss);
    }

    /** Removes the next block. */
    void remove() {
        removed = next();
    }
}
