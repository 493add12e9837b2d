package lathe.synth.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.grid.AffineFormat;
import lathe.engine.grid.Blocks;
import lathe.engine.grid.FloatFormat;
import lathe.engine.grid.TableFormat;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.layer.SolvedLayer;
import lathe.engine.operator.WeightSite;
import lathe.engine.qdq.Dequantization;
import lathe.engine.qdq.OrtTarget;
import lathe.engine.qdq.Processor;
import lathe.engine.qdq.WeightForm;
import lathe.engine.tensor.ElementType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compressed tables as ONNX Runtime looks them up. */
class EmbeddingFormTest {

    private static final int ROWS = 9;
    private static final int COLS = 40;
    private static final float[] INDICES = {0, 8, 3, 3, -1, -9};

    static Stream<WeightFormat> formats() {
        List<WeightFormat> formats = new ArrayList<>();
        for (int bits : new int[] {2, 4, 8}) {
            WeightFormat format = WeightFormat.perChannel(bits);
            for (WeightFormat shared : List.of(format, format.perTensor(), format.perBlock(32))) {
                formats.addAll(List.of(shared, shared.asymmetric()));
            }
        }
        for (WeightFormat format : List.of(TableFormat.NF4, FloatFormat.E4M3, FloatFormat.E5M2)) {
            formats.addAll(List.of(format, format.perTensor(), format.perBlock(32)));
        }
        return formats.stream();
    }

    /** The table is also read by a second Gather, which shares codes and scales. */
    private static Graph graph() {
        Random random = new Random(5);
        float[] table = new float[ROWS * COLS];
        for (int i = 0; i < table.length; i++) {
            table[i] = (float) random.nextGaussian();
        }
        Value ids = new Value(
                "ids",
                ElementType.INT64,
                Optional.of(List.of(Value.Dim.fixed(2), Value.Dim.fixed(3))),
                Optional.empty());
        return new Graph(
                List.of(
                        Node.of("first", "Gather", List.of("table", "ids"), List.of("y"), Map.of()),
                        Node.of("second", "Gather", List.of("table", "ids"), List.of("z"), Map.of())),
                List.of(Initializer.ofFloats("table", table, ROWS, COLS)),
                List.of(ids),
                List.of(Value.ofFloat("y"), Value.ofFloat("z")),
                Map.of("", 25L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    private static QuantizedWeights random(WeightFormat format) {
        Random random = new Random(3);
        Blocks blocks = format.blocks(COLS, 1);
        short[] codes = new short[ROWS * COLS];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = RandomCodes.of(format, random);
        }
        boolean tensor = format.sharing() == WeightFormat.Sharing.TENSOR;
        float[] scales = new float[ROWS * blocks.count()];
        byte[] zeros = new byte[scales.length];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = tensor ? 0.013f : 0.01f + random.nextFloat();
            zeros[i] = (byte)
                    (format.symmetric()
                            ? 0
                            : tensor ? 1 : random.nextInt((int) format.levels().least(), 2));
        }
        return new QuantizedWeights(format, blocks, ROWS, codes, scales, zeros);
    }

    @ParameterizedTest
    @MethodSource("formats")
    void rowsAreThoseOfTheDequantizedTableToTheBit(WeightFormat format) {
        Graph graph = graph();
        List<Layer> layers = Layers.survey(graph).layers();
        QuantizedWeights table = random(format);
        List<SolvedLayer> replaced = layers.stream()
                .map(layer -> new SolvedLayer(layer, List.of(table), new float[ROWS]))
                .toList();
        float[] expected = new float[INDICES.length * COLS];
        for (int i = 0; i < expected.length; i++) {
            int index = (int) INDICES[i / COLS];
            expected[i] = table.weights().at(index < 0 ? index + ROWS : index, i % COLS);
        }
        WeightSite gather = layers.get(0).site();
        for (WeightForm form : WeightForm.values()) {
            Graph written =
                    new OrtTarget(form, Processor.ANY).place(graph, List.of()).write(replaced, Map.of());
            Graph plain = Dequantization.toFloat(written).graph();
            assertEquals(
                    2, plain.nodes().stream().filter(node -> node.is("Gather")).count(), form::toString);
            assertEquals(1, plain.initializers().size(), form::toString);
            for (Graph rows : List.of(written, plain)) {
                try (Network network = Network.of(rows, NetworkOptions.DEFAULT)) {
                    Map<String, Tensor> outputs = network.run(Map.of("ids", Tensor.of(INDICES, 2, 3)));
                    assertArrayEquals(expected, outputs.get("y").floats(), form::toString);
                    assertArrayEquals(expected, outputs.get("z").floats(), form::toString);
                }
            }
            for (String output : List.of("y", "z")) {
                Node last = written.producer(output).orElseThrow();
                assertArrayEquals(
                        replaced.get(0).storedFloats(),
                        OrtTarget.DEFAULT
                                .weights(written, last, gather)
                                .orElseThrow()
                                .floats(),
                        form::toString);
            }
            long tables = written.initializers().values().stream()
                    .filter(constant -> constant.elements() == ROWS * COLS)
                    .count();
            assertEquals(1, tables, form::toString);
        }
    }

    /** Codes of 8 bits stay codes in memory: what is looked up is the table of codes. */
    @ParameterizedTest
    @MethodSource("formats")
    void codesOfEightBitsAreLookedUpFirst(WeightFormat format) {
        Graph graph = graph();
        Layer layer = Layers.survey(graph).layers().get(0);
        SolvedLayer replaced = new SolvedLayer(layer, List.of(random(format)), new float[ROWS]);
        Graph written = OrtTarget.DEFAULT.place(graph, List.of()).write(List.of(replaced), Map.of());
        boolean looked = written.nodes().stream()
                .filter(node -> node.is("Gather"))
                .flatMap(node -> written.constant(node, 0).stream())
                .anyMatch(table -> table.type() == ElementType.INT8 && table.elements() == ROWS * COLS);
        boolean oneScale = format.blocks(COLS, 1).isOne();
        assertEquals(format instanceof AffineFormat && format.bits() == 8 && oneScale, looked);
        assertEquals("first", written.producer("y").orElseThrow().name());
    }
}
