package lathe.synth.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import lathe.engine.graph.Graph;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ChunkedRunTest {

    private final Graph graph = MeasurementTest.folded("odd/shape-dynamic.onnx");
    private final String output = graph.outputs().get(0).name();
    private final String input = graph.inputs().get(0).name();

    private void run(Sink sink, int threads) {
        try (Network network = Network.of(graph, NetworkOptions.DEFAULT)) {
            Map<String, List<Sink>> computed = Map.of(output, List.of(sink));
            new ChunkedRun(NoiseFeeds.of(graph, 23), 23, 4)
                    .run(threads, new Gathering(network, computed, Map.of(input, List.of(sink))));
        }
    }

    @Test
    void everyChunkComesOnceFromInputAndOutput() {
        Map<Integer, AtomicInteger> seen = new ConcurrentHashMap<>();
        AtomicInteger samples = new AtomicInteger();
        run(
                (chunk, value) -> {
                    seen.computeIfAbsent(chunk.index(), i -> new AtomicInteger())
                            .incrementAndGet();
                    samples.addAndGet((int) value.dims()[0]);
                },
                3);
        assertEquals(6, seen.size());
        seen.values().forEach(times -> assertEquals(2, times.get()));
        assertEquals(46, samples.get());
    }

    @Test
    @Timeout(30)
    void failureOfOneChunkEndsTheRunAndIsRethrown() {
        for (int failing = 0; failing < 6; failing++) {
            int chosen = failing;
            Turns turns = new Turns();
            Sink sink = new Sink() {
                @Override
                public void accept(Chunk chunk, lathe.synth.network.Tensor value) {
                    if (chunk.index() == chosen) {
                        throw new IllegalStateException("chunk " + chosen);
                    }
                    if (value.rank() == 4) {
                        turns.in(chunk.index(), () -> {});
                    }
                }

                @Override
                public void abort() {
                    turns.abort();
                }
            };
            IllegalStateException thrown = assertThrows(IllegalStateException.class, () -> run(sink, 3));
            assertEquals("chunk " + chosen, thrown.getMessage());
        }
    }
}
