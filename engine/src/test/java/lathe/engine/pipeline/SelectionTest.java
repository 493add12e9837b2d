package lathe.engine.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalInt;
import java.util.function.ToIntFunction;
import lathe.engine.graph.Graph;
import lathe.engine.graph.TestGraph;
import lathe.engine.qdq.OrtTarget;
import org.junit.jupiter.api.Test;

class SelectionTest {

    private static final Graph GRAPH = new TestGraph()
            .conv("a", "x", 3, 4)
            .conv("b", "a", 4, 4)
            .node("GlobalAveragePool", "pooled", "b")
            .node("Flatten", "flat", "pooled")
            .weights("w", 4, 10)
            .node("Gemm", "logits", "flat", "w")
            .build("logits");

    @Test
    void whatTheFirstAndTheLastLayerReadHasMoreBits() {
        CompressionOptions options = CompressionOptions.DEFAULT.withActivationBits(OptionalInt.of(4));
        ToIntFunction<String> bits =
                Selection.of(GRAPH, options, OrtTarget.DEFAULT).activationBits();
        assertEquals(8, bits.applyAsInt("x"));
        assertEquals(4, bits.applyAsInt("a"));
        assertEquals(8, bits.applyAsInt("pooled"), "the scale that 'flat' shares");
    }
}
