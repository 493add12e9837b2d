package lathe.cli.report;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import lathe.cli.shell.Figures;
import lathe.synth.network.Network;
import lathe.synth.network.Tensor;

/**
 * How long a run of each of two networks takes on this machine: medians of runs in turn, the order changing from round to
 * round, so that what else the machine does hits both alike.
 *
 * @param rounds runs of each
 * @param batch inputs of a run
 * @param originalMillis median
 * @param compressedMillis median
 */
public record RunTimes(int rounds, int batch, double originalMillis, double compressedMillis) {

    private static final int WARM_UP = 3;
    private static final int FEWEST = 5;
    private static final int MOST = 101;

    /** After so long, the fewest rounds are enough. */
    private static final long NANOS = 500_000_000L;

    /** Where one run of each takes longer than this, a brief measurement would not be one. */
    private static final double LONGEST_MILLIS = 1000;

    /**
     * Runs both.
     *
     * @param feeds of one run
     * @param batch inputs in it
     */
    public static RunTimes of(Network original, Network compressed, Map<String, Tensor> feeds, int batch) {
        for (int i = 0; i < WARM_UP; i++) {
            nanos(original, feeds);
            nanos(compressed, feeds);
        }
        return measured(original, compressed, feeds, batch, FEWEST);
    }

    /**
     * The same in about half a second, with one round at least; empty where one run of each takes more than a second.
     *
     * @param feeds of one run
     * @param batch inputs in it
     */
    public static Optional<RunTimes> brief(Network original, Network compressed, Map<String, Tensor> feeds, int batch) {
        double first = nanos(original, feeds) + nanos(compressed, feeds);
        return first / 1e6 > LONGEST_MILLIS
                ? Optional.empty()
                : Optional.of(measured(original, compressed, feeds, batch, 1));
    }

    private static RunTimes measured(
            Network original, Network compressed, Map<String, Tensor> feeds, int batch, int fewest) {
        double[] before = new double[MOST];
        double[] after = new double[MOST];
        long start = System.nanoTime();
        int rounds = 0;
        while (rounds < fewest || (rounds < MOST && System.nanoTime() - start < NANOS)) {
            if (rounds % 2 == 0) {
                before[rounds] = nanos(original, feeds);
                after[rounds] = nanos(compressed, feeds);
            } else {
                after[rounds] = nanos(compressed, feeds);
                before[rounds] = nanos(original, feeds);
            }
            rounds++;
        }
        return new RunTimes(rounds, batch, median(before, rounds) / 1e6, median(after, rounds) / 1e6);
    }

    /** The time of the compressed network as a multiple of the original's. */
    public double ratio() {
        return compressedMillis / originalMillis;
    }

    /** The times in one line. */
    public String line() {
        return "time of a run: %s -> %s ms (%sx), %s, one thread, batch of %d"
                .formatted(
                        Figures.decimal(originalMillis, 3),
                        Figures.decimal(compressedMillis, 3),
                        Figures.decimal(ratio(), 2),
                        rounds == 1 ? "one run of each" : "medians of %d alternating runs".formatted(rounds),
                        batch);
    }

    private static double nanos(Network network, Map<String, Tensor> feeds) {
        long start = System.nanoTime();
        network.run(feeds);
        return System.nanoTime() - start;
    }

    /** Of the first numbers; the lower one of the two in the middle. */
    static double median(double[] numbers, int count) {
        double[] sorted = Arrays.copyOf(numbers, count);
        Arrays.sort(sorted);
        return sorted[(count - 1) / 2];
    }
}
