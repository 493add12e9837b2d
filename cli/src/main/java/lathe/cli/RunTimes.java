package lathe.cli;

import java.util.Arrays;
import java.util.Map;
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
record RunTimes(int rounds, int batch, double originalMillis, double compressedMillis) {

    private static final int WARM_UP = 3;
    private static final int FEWEST = 5;
    private static final int MOST = 101;

    /** After so long, the fewest rounds are enough. */
    private static final long NANOS = 500_000_000L;

    /**
     * Runs both.
     *
     * @param feeds of one run
     * @param batch inputs in it
     */
    static RunTimes of(Network original, Network compressed, Map<String, Tensor> feeds, int batch) {
        for (int i = 0; i < WARM_UP; i++) {
            nanos(original, feeds);
            nanos(compressed, feeds);
        }
        double[] before = new double[MOST];
        double[] after = new double[MOST];
        long start = System.nanoTime();
        int rounds = 0;
        while (rounds < FEWEST || (rounds < MOST && System.nanoTime() - start < NANOS)) {
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
