package lathe.cli.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import lathe.cli.device.CostFit.Sample;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.pipeline.ProgressListener;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With a clock and a machine that are not real: nothing here depends on how fast this one is. */
class RunMeasurementTest {

    /** Each network in every pass; the fastest run counts; the time says how many networks. */
    @Test
    void measuresUntilTheTimeIsOver() {
        AtomicLong now = new AtomicLong();
        Map<Integer, Integer> timed = new HashMap<>();
        RunMeter timer = (graph, feeds) -> {
            now.addAndGet(40_000_000);
            int times = timed.merge(OnnxWriter.toBytes(graph).length, 1, Integer::sum);
            return 10.0 / times;
        };
        List<Sample> samples = new RunMeasurement(graph -> Optional.empty(), timer, now::get, 12, ProgressListener.NONE)
                .samples(List.of(), 0);
        assertEquals(100, samples.size(), "a third of 12 s, 40 ms each");
        assertEquals(300, timed.values().stream().mapToInt(Integer::intValue).sum());
        assertTrue(samples.stream().allMatch(sample -> sample.millis() <= 10.0 / 3));
    }

    /** Networks whose time is known, each in two forms. */
    private static List<Sample> timed(int networks) {
        List<Sample> timed = new ArrayList<>();
        for (int i = 0; i < 2 * networks; i++) {
            timed.add(new Sample(i / 2, List.of(), 1, OptionalDouble.empty()));
        }
        return timed;
    }

    private static List<Sample> withEnergy(List<Sample> timed, double seconds, LongSupplier clock, RunMeter meter) {
        return new RunMeasurement(Optional::of, (graph, feeds) -> 1, clock, seconds, ProgressListener.NONE)
                .withEnergy(timed, List.of(), 0, meter);
    }

    private static long counted(List<Sample> samples) {
        return samples.stream().filter(sample -> sample.joules().isPresent()).count();
    }

    /** The first networks, until the time is over; at least sixty. */
    @Test
    void energyIsMeasuredUntilTheTimeIsOver() {
        AtomicLong now = new AtomicLong();
        AtomicLong joules = new AtomicLong();
        RunMeter meter = (graph, feeds) -> {
            now.addAndGet(62_500_000);
            return joules.incrementAndGet();
        };
        List<Sample> timed = timed(90);
        List<Sample> measured = withEnergy(timed, 8.75, now::get, meter);
        assertEquals(180, measured.size());
        assertEquals(140, counted(measured), "8.75 s, 62.5 ms each");
        for (int i = 0; i < 140; i++) {
            assertEquals(timed.get(i).withJoules(i + 1), measured.get(i));
        }
        assertEquals(120, counted(withEnergy(timed, 1, now::get, meter)));
    }

    /** A few are lost in noise; more mean that the counters count something else. */
    @Test
    void runsThatTakeNoEnergyAreLeftOutOrRefused() {
        assertEquals(108, counted(withEnergy(timed(60), 1, () -> 0, losing(12))));
        CounterException refused =
                assertThrows(CounterException.class, () -> withEnergy(timed(60), 1, () -> 0, losing(13)));
        assertTrue(refused.getMessage().endsWith("in 107 of 120 runs only"), refused::getMessage);
    }

    private static RunMeter losing(int lost) {
        AtomicLong runs = new AtomicLong();
        return (graph, feeds) -> runs.getAndIncrement() < lost ? -1e-9 : 1;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 6, 7, 8, 9, 10, 11, 21, 33, 45, 57, 23})
    void randomNetworksRunAndAreTheSameAgain(int index) {
        RunMeasurement.Given network = new RandomNetworks(1).network(index);
        Graph again = new RandomNetworks(1).network(index).graph();
        assertArrayEquals(OnnxWriter.toBytes(network.graph()), OnnxWriter.toBytes(again));
        try (Network loaded = Network.of(network.graph(), NetworkOptions.DEFAULT)) {
            loaded.run(network.feeds()).values().forEach(output -> {
                for (float value : output.floats()) {
                    assertTrue(Float.isFinite(value));
                }
            });
        }
    }
}
