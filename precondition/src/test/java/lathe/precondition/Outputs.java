package lathe.precondition;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import lathe.engine.graph.Graph;

/** Compares what two networks compute. */
final class Outputs {

    private Outputs() {}

    /** Both give the same on random inputs, up to a part of the largest number of each output. */
    static void assertSame(Graph expected, Graph actual, double tolerance) throws Exception {
        Map<String, float[]> wanted = Networks.run(expected, 1);
        Map<String, float[]> got = Networks.run(actual, 1);
        assertEquals(wanted.keySet(), got.keySet());
        wanted.forEach((output, values) -> {
            double largest = 0;
            for (float value : values) {
                largest = Math.max(largest, Math.abs(value));
            }
            assertArrayEquals(values, got.get(output), (float) (tolerance * Math.max(largest, 1e-6)), output);
        });
    }
}
