package lathe.cli.device;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import lathe.cli.device.AdditiveModel.Quantity;

/** Fits models of the time and of the energy of a run to measured networks. */
public final class CostFit {

    /** Parts of the networks, each predicted by a fit to the others. */
    private static final int FOLDS = 5;

    private CostFit() {}

    /**
     * A measured network.
     *
     * @param origin networks of the same origin, such as one in float and in integers, are held out together
     * @param network what it does
     * @param millis of a run, positive
     * @param joules of a run, positive; empty where they were not counted
     */
    public record Sample(int origin, List<NodeWork> network, double millis, OptionalDouble joules) {

        /** The same with its energy; without it where that is 0 or less, too little to be told from an idle machine. */
        Sample withJoules(double counted) {
            OptionalDouble some = counted > 0 ? OptionalDouble.of(counted) : OptionalDouble.empty();
            return new Sample(origin, network, millis, some);
        }
    }

    private record Column(String group, Feature feature) implements Comparable<Column> {
        @Override
        public int compareTo(Column other) {
            int byGroup = group.compareTo(other.group);
            return byGroup != 0 ? byGroup : feature.compareTo(other.feature);
        }
    }

    /**
     * The time by group of nodes and feature.
     *
     * @param samples of at least {@value #FOLDS} origins
     */
    public static AdditiveModel time(List<Sample> samples, int threads) {
        return checked(samples, some -> times(some, threads), sample -> OptionalDouble.of(sample.millis()));
    }

    /**
     * The energy as a power by group of nodes, times the time. A counter sees whole runs only, and mean powers of runs differ by
     * much less than their energies: a number a group explains them, and more numbers predict other networks worse. A run of each
     * group alone with the median power of all runs is added, which keeps powers of rare groups near that.
     *
     * @param samples of which at least {@value #FOLDS} origins have their energy
     */
    public static AdditiveModel energy(List<Sample> samples, int threads) {
        return checked(samples, some -> energies(some, times(some, threads)), Sample::joules);
    }

    /** A fit to all samples, with its error on those of each part when they are left out. */
    private static AdditiveModel checked(
            List<Sample> samples,
            Function<List<Sample>, AdditiveModel> fit,
            Function<Sample, OptionalDouble> measured) {
        DoubleStream.Builder errors = DoubleStream.builder();
        for (int fold = 0; fold < FOLDS; fold++) {
            int held = fold;
            AdditiveModel model = fit.apply(samples.stream()
                    .filter(sample -> sample.origin() % FOLDS != held)
                    .toList());
            samples.stream()
                    .filter(sample -> sample.origin() % FOLDS == held)
                    .forEach(sample -> measured.apply(sample)
                            .ifPresent(truth -> errors.add(Math.abs(model.of(sample.network()) / truth - 1))));
        }
        return fit.apply(samples).withError(RelativeFit.median(errors.build()));
    }

    private static AdditiveModel times(List<Sample> samples, int threads) {
        List<Map<Column, Double>> rows = new ArrayList<>();
        for (Sample sample : samples) {
            Map<Column, Double> row = new HashMap<>();
            for (NodeWork work : sample.network()) {
                work.features()
                        .forEach((feature, amount) -> row.merge(
                                new Column(work.group(), feature),
                                amount / (sample.millis() * Quantity.LATENCY.nanos()),
                                Double::sum));
            }
            rows.add(row);
        }
        SortedMap<String, Map<Feature, Double>> nanos = new TreeMap<>();
        RelativeFit.of(rows)
                .forEach((column, each) -> nanos.computeIfAbsent(column.group(), group -> new TreeMap<>())
                        .put(column.feature(), each));
        return new AdditiveModel(Quantity.LATENCY, threads, Double.NaN, nanos);
    }

    private static AdditiveModel energies(List<Sample> samples, AdditiveModel times) {
        Map<String, Double> watts = watts(samples, times);
        SortedMap<String, Map<Feature, Double>> nanos = new TreeMap<>();
        times.nanos().forEach((group, each) -> {
            Map<Feature, Double> energies = new TreeMap<>(each);
            energies.replaceAll((feature, time) -> time * watts.get(group));
            nanos.put(group, energies);
        });
        return new AdditiveModel(Quantity.ENERGY, times.threads(), Double.NaN, nanos);
    }

    private static Map<String, Double> watts(List<Sample> samples, AdditiveModel times) {
        List<Map<String, Double>> rows = new ArrayList<>();
        DoubleStream.Builder means = DoubleStream.builder();
        for (Sample sample : samples) {
            if (sample.joules().isPresent()) {
                double mean = 1e3 * sample.joules().getAsDouble() / sample.millis();
                double predicted = times.of(sample.network());
                Map<String, Double> row = new HashMap<>();
                for (NodeWork work : sample.network()) {
                    row.merge(times.group(work), times.of(work) / predicted / mean, Double::sum);
                }
                rows.add(row);
                means.add(mean);
            }
        }
        double usual = RelativeFit.median(means.build());
        times.nanos().keySet().forEach(group -> rows.add(Map.of(group, 1 / usual)));
        return RelativeFit.of(rows);
    }
}
