package lathe.cli.device;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.LongSupplier;
import lathe.cli.device.CostFit.Sample;
import lathe.engine.graph.Graph;
import lathe.engine.pipeline.ProgressListener;
import lathe.synth.network.Tensor;

/**
 * Measures networks to fit models of their time and energy to: given ones, and random ones until the time is over. Each is timed
 * in {@value #PASSES} passes over all of them, so that what disturbs the machine for some seconds disturbs none in every pass.
 *
 * @param integers a network with 8-bit weights and activations; empty where it has nothing to quantize
 * @param timer milliseconds of a run
 * @param clock nanoseconds, for the whole measurement
 * @param seconds that times should take, and energies again
 */
public record RunMeasurement(
        Function<Graph, Optional<Graph>> integers,
        RunMeter timer,
        LongSupplier clock,
        double seconds,
        ProgressListener progress) {

    private static final int PASSES = 3;

    /** Random networks, however long they take. */
    private static final int FEWEST = 60;

    /** More make the fit no better. */
    private static final int MOST = 2000;

    /** Of the runs whose energy is counted, how many at least must take some. */
    private static final double COUNTED = 0.9;

    /**
     * A network to be measured, with what it is fed.
     *
     * @param graph in float
     */
    public record Given(Graph graph, Map<String, Tensor> feeds) {}

    /**
     * Measures times.
     *
     * @param models besides random networks
     * @param seed of the random networks
     * @return two a network, in float and in integers
     */
    public List<Sample> samples(List<Given> models, long seed) {
        RandomNetworks random = new RandomNetworks(seed);
        long start = clock.getAsLong();
        List<Sample> samples = new ArrayList<>();
        progress.begin("measuring networks, pass 1 of " + PASSES, 100);
        int count = 0;
        long told = 0;
        while (count < models.size() + FEWEST || (share(start) < 1.0 / PASSES && count < MOST)) {
            samples.addAll(measured(given(count, models, random), count));
            count++;
            for (long percent = (long) Math.min(100, 100 * PASSES * share(start)); told < percent; told++) {
                progress.step();
            }
        }
        for (int pass = 1; pass < PASSES; pass++) {
            progress.begin("measuring networks, pass %d of %d".formatted(pass + 1, PASSES), count);
            int place = 0;
            for (int origin = 0; origin < count; origin++) {
                Given network = given(origin, models, random);
                for (Graph form : forms(network.graph())) {
                    Sample before = samples.get(place);
                    double millis = Math.min(before.millis(), timer.measure(form, network.feeds()));
                    samples.set(place++, new Sample(origin, before.network(), millis, OptionalDouble.empty()));
                }
                progress.step();
            }
        }
        return samples;
    }

    /**
     * Measures energies, network by network until the time is over.
     *
     * @param samples of the same models and seed
     * @param meter joules of a run
     * @return the samples, the first of them with their energy
     * @throws CounterException if the meter shows none
     */
    public List<Sample> withEnergy(List<Sample> samples, List<Given> models, long seed, RunMeter meter) {
        RandomNetworks random = new RandomNetworks(seed);
        long start = clock.getAsLong();
        List<Sample> measured = new ArrayList<>();
        int last = samples.get(samples.size() - 1).origin();
        progress.begin("measuring energy", last + 1);
        for (int origin = 0; origin <= last; origin++) {
            if (origin < models.size() + FEWEST || share(start) < 1) {
                Given network = given(origin, models, random);
                for (Graph form : forms(network.graph())) {
                    double joules = meter.measure(form, network.feeds());
                    measured.add(samples.get(measured.size()).withJoules(joules));
                }
            }
            progress.step();
        }
        long some =
                measured.stream().filter(sample -> sample.joules().isPresent()).count();
        if (some < COUNTED * measured.size()) {
            throw new CounterException("the counters show energy above that of the idle machine in %d of %d runs only"
                    .formatted(some, measured.size()));
        }
        measured.addAll(samples.subList(measured.size(), samples.size()));
        return measured;
    }

    private double share(long start) {
        return (clock.getAsLong() - start) / (1e9 * seconds);
    }

    private static Given given(int origin, List<Given> models, RandomNetworks random) {
        return origin < models.size() ? models.get(origin) : random.network(origin - models.size());
    }

    private List<Graph> forms(Graph graph) {
        List<Graph> forms = new ArrayList<>(List.of(graph));
        integers.apply(graph).ifPresent(forms::add);
        return forms;
    }

    private List<Sample> measured(Given network, int origin) {
        Map<String, long[]> extents = new LinkedHashMap<>();
        network.feeds().forEach((name, tensor) -> extents.put(name, tensor.dims()));
        List<Sample> samples = new ArrayList<>();
        for (Graph form : forms(network.graph())) {
            List<NodeWork> work = NetworkWork.of(form, NetworkWork.shapes(form, extents, network::feeds));
            samples.add(new Sample(origin, work, timer.measure(form, network.feeds()), OptionalDouble.empty()));
        }
        return samples;
    }
}
