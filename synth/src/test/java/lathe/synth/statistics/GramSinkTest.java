package lathe.synth.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.ElementType;
import lathe.synth.network.Tensor;
import org.junit.jupiter.api.Test;

class GramSinkTest {

    private static Layer layer() {
        Value x = new Value(
                "x",
                ElementType.FLOAT,
                Optional.of(List.of(Value.Dim.dynamic("N"), Value.Dim.fixed(20))),
                Optional.empty());
        Graph graph = new Graph(
                List.of(Node.of("", "MatMul", List.of("x", "w"), List.of("y"), Map.of())),
                List.of(Initializer.ofFloats("w", new float[20 * 3], 20, 3)),
                List.of(x),
                List.of(Value.ofFloat("y")),
                Map.of("", 17L),
                Map.of(),
                Map.of(),
                Optional.empty());
        return Layers.survey(graph).layers().get(0);
    }

    private static GramMatrix gram(int... rows) {
        LayerSink sink = LayerSink.of(layer(), 0);
        Random random = new Random(1);
        for (int chunk = 0; chunk < rows.length; chunk++) {
            float[] values = new float[rows[chunk] * 20];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            sink.accept(new Sink.Chunk(chunk, chunk, 1, rows.length), Tensor.of(values, rows[chunk], 20));
        }
        return sink.result().orElseThrow().grams().get(0);
    }

    /** A detector may find nothing in an image: that image tells nothing of the scatter between images. */
    @Test
    void anImageWithoutPositionsDoesNotCount() {
        GramMatrix all = gram(8, 8, 8);
        GramMatrix some = gram(8, 0, 8, 8);
        assertTrue(all.shrinkage() > 0 && all.shrinkage() <= 1, "" + all.shrinkage());
        assertTrue(some.shrinkage() > 0 && some.shrinkage() <= 1, "" + some.shrinkage());
        assertEquals(all.at(3, 4), some.at(3, 4), 1e-6);
    }
}
