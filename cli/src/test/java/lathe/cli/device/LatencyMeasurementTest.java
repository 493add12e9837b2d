package lathe.cli.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import lathe.cli.device.LatencyFit.Sample;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.pipeline.ProgressListener;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With a clock and a machine that are not real: nothing here depends on how fast this one is. */
class LatencyMeasurementTest {

    /** A machine of which all is known. */
    private static final LatencyModel MACHINE = new LatencyModel(1, 0, machine());

    private static SortedMap<String, Map<Feature, Double>> machine() {
        SortedMap<String, Map<Feature, Double>> nanos = new TreeMap<>();
        nanos.put("run", Map.of(Feature.NODE, 4000.0, Feature.READ, 1.0, Feature.WRITTEN, 1.5));
        for (NodeKind kind : NodeKind.values()) {
            if (kind != NodeKind.RUN) {
                nanos.put(
                        kind.text() + " float",
                        Map.of(Feature.NODE, 1000.0, Feature.WRITTEN, 0.5, Feature.MAC, 0.01, Feature.WEIGHT, 0.1));
            }
        }
        nanos.put("convolution float odd", Map.of(Feature.MAC, 0.03));
        return nanos;
    }

    /** Samples as that machine would give them, every tenth of them disturbed. */
    private static List<Sample> samples(int count, double disturbed) {
        RandomNetworks random = new RandomNetworks(3);
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            LatencyMeasurement.Given network = random.network(i);
            Map<String, long[]> extents = Map.of("x", network.feeds().get("x").dims());
            List<NodeWork> work =
                    NetworkWork.of(network.graph(), NetworkWork.shapes(network.graph(), extents, network::feeds));
            samples.add(new Sample(i, work, MACHINE.millis(work) * (i % 10 == 3 ? disturbed : 1)));
        }
        return samples;
    }

    @Test
    void theFitFindsTheMachine() {
        LatencyModel fitted = LatencyFit.of(samples(240, 1), 2);
        assertEquals(2, fitted.threads());
        assertTrue(fitted.error() < 1e-3, "error " + fitted.error());
        assertEquals(0.01, fitted.nanos().get("convolution float").get(Feature.MAC), 1e-4);
        assertEquals(4000, fitted.nanos().get("run").get(Feature.NODE), 100);
    }

    @Test
    void aBusyMachineDisturbsLittle() {
        List<Sample> exact = samples(240, 1);
        LatencyModel fitted = LatencyFit.of(samples(240, 3), 1);
        for (Sample sample : exact) {
            assertEquals(1, fitted.millis(sample.network()) / sample.millis(), 0.1);
        }
    }

    /** Each network in every pass; the fastest run counts; the time says how many networks. */
    @Test
    void measuresUntilTheTimeIsOver() {
        AtomicLong now = new AtomicLong();
        Map<Integer, Integer> timed = new HashMap<>();
        RunTimer timer = (graph, feeds) -> {
            now.addAndGet(40_000_000);
            int times = timed.merge(OnnxWriter.toBytes(graph).length, 1, Integer::sum);
            return 10.0 / times;
        };
        List<Sample> samples = new LatencyMeasurement(
                        graph -> Optional.empty(), timer, now::get, 12, ProgressListener.NONE)
                .samples(List.of(), 0);
        assertEquals(100, samples.size(), "a third of 12 s, 40 ms each");
        assertEquals(300, timed.values().stream().mapToInt(Integer::intValue).sum());
        assertTrue(samples.stream().allMatch(sample -> sample.millis() <= 10.0 / 3));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 6, 7, 8, 9, 10, 11, 21, 33, 45, 57, 23})
    void randomNetworksRunAndAreTheSameAgain(int index) {
        LatencyMeasurement.Given network = new RandomNetworks(1).network(index);
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
