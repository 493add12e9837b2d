package lathe.synth.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lathe.engine.graph.ClipBounds;
import lathe.engine.linalg.GramMatrix;
import lathe.synth.network.Tensor;
import org.junit.jupiter.api.Test;

class CoactivationSinkTest {

    private static final Sink.Chunk FIRST = new Sink.Chunk(0, 0, 2, 3);
    private static final Sink.Chunk SECOND = new Sink.Chunk(1, 2, 1, 3);

    /** Two samples of three channels at two positions, then one more. */
    @Test
    void countsChannelsInsideTheRangeTogether() {
        CoactivationSink sink = new CoactivationSink("y", new ClipBounds(0, 6), 0);
        sink.accept(FIRST, Tensor.of(new float[] {1, 0, 2, 3, 6, 5, 0, 1, 4, 4, 0, 0}, 2, 3, 2));
        sink.accept(SECOND, Tensor.of(new float[] {3, 3, 7, 0, 1, 1}, 1, 3, 2));
        GramMatrix gram = sink.result().orElseThrow();
        // inside: (1,2,-) (-,3,5) (-,4,-) (1,4,-) (3,-,1) (3,-,1)
        double[] wanted = {4, 2, 2, 2, 4, 1, 2, 1, 3};
        for (int i = 0; i < 9; i++) {
            assertEquals(wanted[i] / 6, gram.at(i / 3, i % 3), 1e-12, "entry " + i);
        }
    }

    @Test
    void numbersThatAreNotFiniteLieOutside() {
        CoactivationSink sink = new CoactivationSink("y", new ClipBounds(0, Double.POSITIVE_INFINITY), 0);
        float[] values = {Float.NaN, Float.POSITIVE_INFINITY, 1};
        sink.accept(new Sink.Chunk(0, 0, 1, 1), Tensor.of(values, 1, 3));
        GramMatrix gram = sink.result().orElseThrow();
        assertEquals(0, gram.at(0, 0));
        assertEquals(0, gram.at(1, 1));
        assertEquals(1, gram.at(2, 2));
    }

    @Test
    void aValueWithoutChannelsHasNone() {
        CoactivationSink sink = new CoactivationSink("y", new ClipBounds(0, 6), 0);
        sink.accept(FIRST, Tensor.of(new float[] {1, 2}, 2));
        sink.accept(SECOND, Tensor.of(new float[0], 0, 3, 2));
        assertTrue(sink.result().isEmpty());
    }
}
