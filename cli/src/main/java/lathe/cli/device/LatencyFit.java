package lathe.cli.device;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import lathe.engine.linalg.NonNegativeLeastSquares;

/**
 * Fits a {@link LatencyModel} to measured networks: non-negative least squares of relative errors, those beyond 1.5 times the
 * median weighted less (Huber, Annals of Mathematical Statistics 35, 1964), since a busy machine disturbs some.
 */
public final class LatencyFit {

    /** Iterations of reweighting. */
    private static final int ROUNDS = 8;

    private static final double LARGE = 1.5;

    /** Parts of the networks, each predicted by a fit to the others. */
    private static final int FOLDS = 5;

    private final List<Sample> samples;
    private final List<Column> columns;
    private final double[][] relative; // features as shares of the measured time

    private LatencyFit(List<Sample> samples) {
        this.samples = samples;
        TreeSet<Column> found = new TreeSet<>();
        samples.forEach(sample -> sample.network()
                .forEach(work ->
                        work.features().keySet().forEach(feature -> found.add(new Column(work.group(), feature)))));
        this.columns = List.copyOf(found);
        this.relative = samples.stream().map(this::row).toArray(double[][]::new);
    }

    /**
     * A measured network.
     *
     * @param origin networks of the same origin, such as one in float and in integers, are held out together
     * @param network what it does
     * @param millis of a run, positive
     */
    public record Sample(int origin, List<NodeWork> network, double millis) {}

    private record Column(String group, Feature feature) implements Comparable<Column> {
        @Override
        public int compareTo(Column other) {
            int byGroup = group.compareTo(other.group);
            return byGroup != 0 ? byGroup : feature.compareTo(other.feature);
        }
    }

    /**
     * Fits.
     *
     * @param samples of at least {@value #FOLDS} origins
     */
    public static LatencyModel of(List<Sample> samples, int threads) {
        LatencyFit fit = new LatencyFit(List.copyOf(samples));
        double[] unseen = new double[samples.size()];
        for (int fold = 0; fold < FOLDS; fold++) {
            int held = fold;
            double[] found = fit.fitted(i -> samples.get(i).origin() % FOLDS != held);
            for (int i = 0; i < unseen.length; i++) {
                if (samples.get(i).origin() % FOLDS == held) {
                    unseen[i] = fit.error(i, found);
                }
            }
        }
        TreeMap<String, Map<Feature, Double>> nanos = new TreeMap<>();
        double[] all = fit.fitted(i -> true);
        for (int j = 0; j < all.length; j++) {
            Column column = fit.columns.get(j);
            nanos.computeIfAbsent(column.group(), group -> new EnumMap<>(Feature.class))
                    .put(column.feature(), 1e6 * all[j]);
        }
        return new LatencyModel(threads, median(unseen), nanos);
    }

    private double[] row(Sample sample) {
        double[] row = new double[columns.size()];
        for (NodeWork work : sample.network()) {
            work.features()
                    .forEach((feature, amount) ->
                            row[columns.indexOf(new Column(work.group(), feature))] += amount / sample.millis());
        }
        return row;
    }

    /** Milliseconds by column, from some of the samples. */
    private double[] fitted(IntPredicate seen) {
        int[] rows = IntStream.range(0, samples.size()).filter(seen).toArray();
        double[] weights = new double[rows.length];
        Arrays.fill(weights, 1);
        double[] found = {};
        for (int round = 0; round < ROUNDS; round++) {
            double[][] weighted = new double[rows.length][];
            for (int i = 0; i < rows.length; i++) {
                double weight = weights[i];
                weighted[i] = Arrays.stream(relative[rows[i]])
                        .map(share -> share * weight)
                        .toArray();
            }
            found = NonNegativeLeastSquares.solve(weighted, weights);
            double[] errors = new double[rows.length];
            for (int i = 0; i < rows.length; i++) {
                errors[i] = error(rows[i], found);
            }
            double large = LARGE * median(errors);
            for (int i = 0; i < rows.length; i++) {
                weights[i] = errors[i] > large ? Math.sqrt(large / errors[i]) : 1;
            }
        }
        return found;
    }

    private double error(int row, double[] coefficients) {
        double share = 0;
        for (int j = 0; j < coefficients.length; j++) {
            share += relative[row][j] * coefficients[j];
        }
        return Math.abs(share - 1);
    }

    /** The lower one of the two in the middle. */
    static double median(double[] numbers) {
        double[] sorted = numbers.clone();
        Arrays.sort(sorted);
        return sorted[(sorted.length - 1) / 2];
    }
}
