package lathe.cli.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import lathe.cli.device.AdditiveModel.Quantity;
import lathe.cli.device.CostFit.Sample;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** With machines and counters that are made up: nothing here depends on how fast this machine is, and what it can count. */
class CostFitTest {

    private static final int NETWORKS = 240;

    /** A machine of which all is known. */
    private static final AdditiveModel MACHINE = new AdditiveModel(Quantity.LATENCY, 1, 0, machine());

    private static final List<List<NodeWork>> RANDOM = networks();

    private static SortedMap<String, Map<Feature, Double>> machine() {
        SortedMap<String, Map<Feature, Double>> nanos = new TreeMap<>();
        nanos.put("run", Map.of(Feature.NODE, 4000.0, Feature.READ, 1.0, Feature.WRITTEN, 1.5));
        for (NodeKind kind : NodeKind.values()) {
            if (kind != NodeKind.RUN) {
                nanos.put(
                        kind.text() + " float",
                        Map.of(Feature.NODE, 1000.0, Feature.WRITTEN, 0.5, Feature.MAC, 0.01, Feature.WEIGHT, 0.1));
                nanos.put(
                        kind.text() + " int8", Map.of(Feature.NODE, 1500.0, Feature.WRITTEN, 0.3, Feature.MAC, 0.003));
            }
        }
        nanos.put("convolution float odd", Map.of(Feature.MAC, 0.03));
        return nanos;
    }

    private static List<List<NodeWork>> networks() {
        RandomNetworks random = new RandomNetworks(3);
        List<List<NodeWork>> networks = new ArrayList<>();
        for (int i = 0; i < NETWORKS; i++) {
            RunMeasurement.Given network = random.network(i);
            Map<String, long[]> extents = Map.of("x", network.feeds().get("x").dims());
            networks.add(NetworkWork.of(network.graph(), NetworkWork.shapes(network.graph(), extents, network::feeds)));
        }
        return networks;
    }

    /** Samples as that machine would give them, every tenth of them disturbed. */
    private static List<Sample> samples(double disturbed) {
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < NETWORKS; i++) {
            List<NodeWork> work = RANDOM.get(i);
            samples.add(new Sample(i, work, MACHINE.of(work) * (i % 10 == 3 ? disturbed : 1), OptionalDouble.empty()));
        }
        return samples;
    }

    @Test
    void theFitFindsTheMachine() {
        AdditiveModel fitted = CostFit.time(samples(1), 2);
        assertEquals(2, fitted.threads());
        assertTrue(fitted.error() < 1e-3, "error " + fitted.error());
        assertEquals(0.01, fitted.nanos().get("convolution float").get(Feature.MAC), 1e-4);
        assertEquals(4000, fitted.nanos().get("run").get(Feature.NODE), 100);
    }

    @Test
    void aBusyMachineDisturbsLittle() {
        AdditiveModel fitted = CostFit.time(samples(3), 1);
        for (Sample sample : samples(1)) {
            assertEquals(1, fitted.of(sample.network()) / sample.millis(), 0.1);
        }
    }

    /** What a counter might count, in joules a node. */
    private record Counter(String name, ToDoubleFunction<NodeWork> joules) {

        double of(List<NodeWork> network) {
            return network.stream().mapToDouble(joules).sum();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static final Counter ONE_POWER = new Counter("15 W", work -> 15e-3 * MACHINE.of(work));

    /** The first two are what is fitted, the others are not. */
    static Stream<Counter> counters() {
        return Stream.of(
                ONE_POWER,
                new Counter(
                        "6 to 22 W by kind",
                        work -> (6 + Math.floorMod(work.kind().text().hashCode(), 17)) * 1e-3 * MACHINE.of(work)),
                new Counter("10 W, 60 pJ a byte", work -> 10e-3 * MACHINE.of(work) + 60e-12 * bytes(work)),
                new Counter(
                        "6 W, 12 or 3 pJ a multiplication, 15 pJ a byte",
                        work -> 6e-3 * MACHINE.of(work)
                                + (work.integer() ? 3e-12 : 12e-12) * work.macs()
                                + 15e-12 * bytes(work)),
                new Counter(
                        "10 W, large weights from memory",
                        work -> 10e-3 * MACHINE.of(work) + (work.weights() > 1e5 ? 600e-12 * work.weights() : 0)));
    }

    private static double bytes(NodeWork work) {
        return (work.integer() ? 1 : Float.BYTES) * (work.read() + work.written() + work.weights());
    }

    private static NodeWork inIntegers(NodeWork work) {
        return new NodeWork(
                work.name(),
                work.opType(),
                work.kind(),
                work.kind() != NodeKind.RUN,
                work.macs(),
                work.read(),
                work.written(),
                work.weights(),
                work.gathered(),
                work.inputs(),
                work.outputs());
    }

    /** Each in float and in integers; times off by 5 %, energies as well, of every twelfth network by half. */
    private static List<Sample> counted(Counter counter, int networks) {
        Random random = new Random(7);
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < networks; i++) {
            List<NodeWork> floats = RANDOM.get(i);
            for (List<NodeWork> work :
                    List.of(floats, floats.stream().map(CostFitTest::inIntegers).toList())) {
                double joules = counter.of(work) * Math.exp(0.05 * random.nextGaussian()) * (i % 12 == 5 ? 1.5 : 1);
                samples.add(new Sample(
                                i,
                                work,
                                MACHINE.of(work) * Math.exp(0.05 * random.nextGaussian()),
                                OptionalDouble.empty())
                        .withJoules(joules));
            }
        }
        return samples;
    }

    /** And the error that the model says it has is that. */
    @ParameterizedTest
    @MethodSource("counters")
    void energiesOfOtherNetworksArePredicted(Counter counter) {
        AdditiveModel fitted = CostFit.energy(counted(counter, 100), 1);
        DoubleStream.Builder errors = DoubleStream.builder();
        for (List<NodeWork> network : RANDOM.subList(100, NETWORKS)) {
            errors.add(Math.abs(fitted.of(network) / counter.of(network) - 1));
        }
        double error = RelativeFit.median(errors.build());
        assertTrue(error < 0.15, "median error " + error);
        assertEquals(error, fitted.error(), 0.06);
    }

    /** The median power: each nanosecond takes as many nanojoules. */
    @Test
    void kindsThatNoCountedNetworkHasTakeTheUsualPower() {
        List<Sample> samples = new ArrayList<>();
        counted(ONE_POWER, 100)
                .forEach(sample -> samples.add(
                        sample.origin() < 12 ? sample.withJoules(10e-3 * sample.millis()) : sample.withJoules(0)));
        AdditiveModel times = CostFit.time(samples, 1);
        AdditiveModel fitted = CostFit.energy(samples, 1);
        assertEquals(times.nanos().keySet(), fitted.nanos().keySet());
        times.nanos()
                .forEach((group, each) -> each.forEach((feature, nanos) ->
                        assertEquals(10 * nanos, fitted.nanos().get(group).get(feature), 1e-6 * nanos, group)));
    }
}
