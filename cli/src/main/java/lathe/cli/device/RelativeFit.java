package lathe.cli.device;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import lathe.engine.linalg.NonNegativeLeastSquares;

/**
 * Non-negative least squares of relative errors, those beyond 1.5 times the median weighted less (Huber, Annals of
 * Mathematical Statistics 35, 1964), since a busy machine disturbs some measurements.
 */
final class RelativeFit {

    /** Iterations of reweighting. */
    private static final int ROUNDS = 8;

    private static final double LARGE = 1.5;

    /** Errors of what is fitted exactly. */
    private static final double ROUNDING = 1e-9;

    private RelativeFit() {}

    /**
     * Fits measurements by sums of amounts times coefficients.
     *
     * @param rows one a measurement: amounts by name, divided by what was measured, so that each sum should be 1
     * @return coefficients of all names, 0 or more
     */
    static <K extends Comparable<K>> Map<K, Double> of(List<Map<K, Double>> rows) {
        TreeSet<K> found = new TreeSet<>();
        rows.forEach(row -> found.addAll(row.keySet()));
        List<K> names = List.copyOf(found);
        double[] fitted = coefficients(rows.stream()
                .map(row -> names.stream()
                        .mapToDouble(name -> row.getOrDefault(name, 0.0))
                        .toArray())
                .toArray(double[][]::new));
        Map<K, Double> named = new TreeMap<>();
        for (int j = 0; j < fitted.length; j++) {
            named.put(names.get(j), fitted[j]);
        }
        return named;
    }

    private static double[] coefficients(double[][] rows) {
        double[] weights = new double[rows.length];
        Arrays.fill(weights, 1);
        double[] found = {};
        for (int round = 0; round < ROUNDS; round++) {
            double[][] weighted = new double[rows.length][];
            for (int i = 0; i < rows.length; i++) {
                double weight = weights[i];
                weighted[i] =
                        Arrays.stream(rows[i]).map(share -> share * weight).toArray();
            }
            found = NonNegativeLeastSquares.solve(weighted, weights);
            double[] errors = new double[rows.length];
            for (int i = 0; i < rows.length; i++) {
                errors[i] = error(rows[i], found);
            }
            double large = Math.max(ROUNDING, LARGE * median(Arrays.stream(errors)));
            for (int i = 0; i < rows.length; i++) {
                weights[i] = errors[i] > large ? Math.sqrt(large / errors[i]) : 1;
            }
        }
        return found;
    }

    private static double error(double[] row, double[] coefficients) {
        double sum = 0;
        for (int j = 0; j < coefficients.length; j++) {
            sum += row[j] * coefficients[j];
        }
        return Math.abs(sum - 1);
    }

    /** The lower one of the two in the middle. */
    static double median(DoubleStream numbers) {
        double[] sorted = numbers.sorted().toArray();
        return sorted[(sorted.length - 1) / 2];
    }
}
