package lathe.precondition;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.layer.Inventory;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.pipeline.GraphPass;
import lathe.testdata.TestData;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConstantFoldTest {

    private static final GraphPass PASS = GraphPasses.constantFold();

    private static Graph odd(String name) {
        return OnnxReader.read(TestData.bytes("odd/%s.onnx".formatted(name)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"weights-through-constant-ops", "weights-sparse", "weights-transposed-twice"})
    void everyLayerGetsConstantsAndTheOutputsStay(String name) throws Exception {
        Graph graph = odd(name);
        assertFalse(Layers.survey(graph).skipped().isEmpty());
        Graph folded = PASS.apply(graph).graph();
        assertEquals(List.of(), Layers.survey(folded).skipped());
        Outputs.assertSame(graph, folded, 1e-6);
        Outputs.assertSame(graph, OnnxReader.read(OnnxWriter.toBytes(folded)), 1e-6);
    }

    @Test
    void nothingThatComputedThemIsLeft() {
        Graph folded = PASS.apply(odd("weights-through-constant-ops")).graph();
        for (String gone : List.of("Transpose", "Reshape", "Cast", "Mul", "Unsqueeze", "Slice", "Expand")) {
            assertTrue(folded.nodes().stream().noneMatch(node -> node.is(gone)), gone);
        }
        Graph prepared = PASS.apply(odd("weights-sparse")).graph();
        List<Layer> layers = Layers.survey(prepared).layers();
        assertEquals(0, Inventory.of(prepared, layers, List.of()).leftBytes());
        Graph dense = OnnxReader.read(
                OnnxWriter.toBytes(PASS.apply(odd("weights-sparse")).graph()));
        assertEquals(Map.of(), dense.origin().orElseThrow().sparseConstants());
    }

    @Test
    void layersThatComputeTheSameShareIt() {
        Graph graph = odd("weights-transposed-twice");
        GraphPass.Result result = PASS.apply(graph);
        assertEquals(List.of("folded constants in front of 2 layers"), result.changes());
        assertEquals(graph.initializers().size(), result.graph().initializers().size());
    }

    @Test
    void aTiedTableStaysWithItsReason() {
        Graph graph = odd("weights-tied-embedding");
        GraphPass.Result result = PASS.apply(graph);
        assertSame(graph, result.graph());
        assertEquals(1, result.changes().size());
        assertTrue(result.changes().get(0).contains("Gather"), result.changes()::toString);
        assertTrue(result.changes().get(0).endsWith("too, which would be stored twice"), result.changes()::toString);
    }

    @Test
    void whatIsQuantizedAlreadyStays() {
        Graph graph = odd("weights-already-quantized");
        assertEquals(List.of(), PASS.apply(graph).changes());
    }

    @Test
    void anOperatorThatIsNotKnownIsNamed() {
        Graph graph = gemm(
                Initializer.ofFloats("c", new float[12], 4, 3),
                Node.of("", "Erf", List.of("c"), List.of("w"), Map.of()));
        assertEquals(
                List.of("the weights of 'product' are left unchanged: a Erf computes them"),
                PASS.apply(graph).changes());
    }

    @Test
    void aTensorThatWouldGrowWithoutBoundStays() {
        Graph graph = gemm(
                Initializer.ofLongs("c", new long[] {40_000, 40_000}, 2),
                Node.of("", "Expand", List.of("one", "c"), List.of("w"), Map.of()));
        String change = PASS.apply(graph).changes().get(0);
        assertTrue(change.contains("times as large as what they are computed from"), change);
    }

    /** A product of x with the weights that some nodes compute. */
    private static Graph gemm(Initializer constant, Node... computing) {
        Graph plain = new TestNetwork(1, 4, 0).gemm(4, 3, false).build();
        Node gemm = plain.nodes().get(0);
        GraphEdit edit = plain.edit().put(constant).put(Initializer.ofFloats("one", new float[] {1}));
        for (Node node : computing) {
            edit.insertBefore(gemm, node);
        }
        Node product = Node.of("product", "Gemm", List.of(gemm.inputs().get(0), "w"), gemm.outputs(), Map.of());
        return edit.replace(gemm, product).build();
    }

    /** Any permutation of any extents, against the definition: what stands at index i came from index i permuted. */
    @Property(tries = 200)
    void aTransposeMovesEveryElementToItsPlace(@ForAll @IntRange(min = 1, max = 4) int rank, @ForAll long seed) {
        Random random = new Random(seed);
        long[] dims = random.longs(rank, 1, 5).toArray();
        List<Long> perm = new ArrayList<>(LongStream.range(0, rank).boxed().toList());
        Collections.shuffle(perm, random);
        int size = (int) LongStream.of(dims).reduce(1, (a, b) -> a * b);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = i;
        }
        Graph graph = gemm(
                Initializer.ofFloats("c", values, dims),
                Node.of("", "Transpose", List.of("c"), List.of("w"), Map.of("perm", new Attribute.Ints(perm))));
        Initializer moved = new ConstantEvaluation(graph).of("w");
        float[] expected = new float[size];
        int[] index = new int[rank];
        for (int at = 0; at < size; at++) {
            int rest = at;
            for (int axis = rank - 1; axis >= 0; axis--) {
                int extent = (int) dims[perm.get(axis).intValue()];
                index[perm.get(axis).intValue()] = rest % extent;
                rest /= extent;
            }
            int source = 0;
            for (int axis = 0; axis < rank; axis++) {
                source = source * (int) dims[axis] + index[axis];
            }
            expected[at] = values[source];
        }
        assertArrayEquals(expected, moved.floats());
    }
}
