package lathe.engine.qdq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.TestGraph;
import lathe.engine.grid.FloatFormat;
import lathe.engine.grid.TableFormat;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Inventory;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.layer.SolvedLayer;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.target.Placement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class OrtTargetTest {

    private static final Graph GRAPH = new TestGraph().conv("a", "x", 3, 5).build("a");

    private static final Layer LAYER = Layers.survey(GRAPH).layers().get(0);

    /** Bytes of tables of 16 and of 256 floats, with name and shape, which layers share. */
    private static final Map<String, Long> TABLES = Map.of("nf4", 64L + 11, "fp8-e4m3", 1024L + 14);

    static Stream<Optional<WeightFormat>> formats() {
        WeightFormat eight = WeightFormat.perChannel(8);
        WeightFormat four = WeightFormat.perChannel(4);
        return Stream.of(
                Optional.empty(),
                Optional.of(eight),
                Optional.of(TableFormat.NF4),
                Optional.of(TableFormat.lloyd(4)),
                Optional.of(FloatFormat.E4M3.perBlock(16)),
                Optional.of(eight.asymmetric()),
                Optional.of(eight.perTensor()),
                Optional.of(four),
                Optional.of(four.asymmetric()));
    }

    /** Compared with the layer in FP32, since a file holds other things, too. */
    @ParameterizedTest
    @MethodSource("formats")
    void knowsTheBytesOfALayerBeforeItIsSolved(Optional<WeightFormat> format) {
        for (WeightForm form : WeightForm.values()) {
            Placement placement = new OrtTarget(form, Processor.ANY).place(GRAPH, List.of());
            long more = size(placement, LAYER, format) - size(placement, LAYER, Optional.empty());
            long table = format.map(WeightFormat::name).map(TABLES::get).orElse(0L);
            assertEquals(
                    more - table,
                    placement.bytes(LAYER, format) - placement.bytes(LAYER, Optional.empty()),
                    form::toString);
        }
    }

    /** Of padded blocks, a bias, and weights that two layers share; what a file has once for all is left out. */
    @ParameterizedTest
    @ValueSource(ints = {4, 8})
    void knowsTheBytesOfProductsOfCodes(int bits) {
        Graph shared = new TestGraph()
                .weights("w", 70, 70)
                .node("MatMul", "m", "x", "w")
                .node("MatMul", "y", "m", "w")
                .build("y");
        Graph biased = new TestGraph()
                .weights("w", 70, 24)
                .weights("b", 24)
                .node("Gemm", "y", "x", "w", "b")
                .build("y");
        long once = 2L + 2 + "com.microsoft".length() + 2; // operator set: message, name, version
        WeightFormat blocks = WeightFormat.perChannel(bits).perBlock(32);
        for (Graph graph : List.of(shared, biased)) {
            List<Layer> layers = Layers.survey(graph).layers();
            Placement placement = new OrtTarget(WeightForm.NBITS, Processor.ANY).place(graph, List.of());
            List<SolvedLayer> before = standIns(layers, Optional.empty());
            for (WeightFormat format : List.of(blocks, blocks.asymmetric())) {
                List<SolvedLayer> solved = standIns(layers, Optional.of(format));
                long more = OnnxWriter.size(placement.write(solved, Map.of()))
                        - OnnxWriter.size(placement.write(before, Map.of()));
                long known = bytes(placement, solved) - bytes(placement, before);
                long names = layers.size() == 1 ? 0 : 3; // those of floats, in a network of two layers
                assertEquals(0, Math.abs(more - once - known) / (names + 1), format::toString);
            }
        }
    }

    /** The weights of the first layer, for all. */
    private static List<SolvedLayer> standIns(List<Layer> layers, Optional<WeightFormat> format) {
        SolvedLayer first = SolvedLayer.standIn(layers.get(0), format);
        return layers.stream().map(first::sharedWith).toList();
    }

    private static long bytes(Placement placement, List<SolvedLayer> solved) {
        long bytes = 0;
        for (SolvedLayer layer : solved) {
            bytes += placement.bytes(layer, layer.equals(solved.get(0)));
        }
        return bytes;
    }

    /** What the layers of a pack share is too much for one small layer, and below a thousandth of a network. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void bytesOfLayersAddUpToThoseOfTheFile(int bits) {
        TestGraph layers = new TestGraph().conv("a0", "x", 32, 64);
        for (int i = 1; i < 20; i++) {
            layers.conv("a" + i, "a" + (i - 1), 64, 64);
        }
        Graph old = layers.build("a19");
        for (long opset : new long[] {13, 18, 21, 25}) {
            Graph graph = old.edit().requireOpset("", opset).build();
            List<Layer> all = Layers.survey(graph).layers();
            WeightFormat format = bits == 1 ? TableFormat.midrise(1) : WeightFormat.perChannel(bits);
            Placement placement = OrtTarget.DEFAULT.place(graph, List.of());
            long more = size(placement, all, Optional.of(format)) - size(placement, all, Optional.empty());
            long known = all.stream()
                    .mapToLong(layer ->
                            placement.bytes(layer, Optional.of(format)) - placement.bytes(layer, Optional.empty()))
                    .sum();
            long size = size(placement, all, Optional.of(format));
            assertEquals(0, (double) (more - known) / size, 0.005, "opset " + opset);
        }
    }

    /** What layers share is not counted with the first of them. */
    @Test
    void inventoryOfAPackNamesItsLayers() {
        Graph graph = new TestGraph()
                .conv("a", "x", 64, 64)
                .conv("b", "a", 64, 64)
                .conv("c", "b", 64, 64)
                .build("c")
                .edit()
                .requireOpset("", 18)
                .build();
        List<SolvedLayer> solved = Layers.survey(graph).layers().stream()
                .map(layer -> SolvedLayer.standIn(layer, Optional.of(WeightFormat.perChannel(6))))
                .toList();
        Graph written = OrtTarget.DEFAULT.place(graph, List.of()).write(solved, Map.of());
        Layers.Survey survey = Layers.survey(written);
        Inventory inventory = Inventory.of(written, survey.layers(), survey.skipped());
        Inventory.Left pack = inventory.left().get(0);
        assertEquals("a_node and 2 more", pack.name());
        assertEquals(0, Math.abs(3 * 64 * 64 * 9 * 6 / 8 - pack.bytes()) / 100);
    }

    /** Every layer has a table of its own, even where all look alike before they are solved. */
    @Test
    void bytesOfFittedTablesAddUpToThoseOfTheFile() {
        Graph graph = new TestGraph()
                .conv("a", "x", 3, 8)
                .conv("b", "a", 8, 8)
                .conv("c", "b", 8, 8)
                .build("c");
        List<Layer> all = Layers.survey(graph).layers();
        Placement placement = OrtTarget.DEFAULT.place(graph, List.of());
        Optional<WeightFormat> fitted = Optional.of(TableFormat.lloyd(6));
        TableFormat start = TableFormat.lloyd(6);
        Optional<WeightFormat> shared =
                Optional.of(new TableFormat("fixed", start.levels(), false, start.sharing(), 0));
        double more = size(placement, all, fitted) - size(placement, all, shared);
        assertEquals(2 * (256 + 11), more, 20);
        for (Layer layer : all) {
            double own = placement.bytes(layer, fitted) - placement.bytes(layer, shared);
            assertEquals(256 + 11, own, 10);
        }
    }

    private static long size(Placement placement, Layer layer, Optional<WeightFormat> format) {
        return size(placement, List.of(layer), format);
    }

    private static long size(Placement placement, List<Layer> layers, Optional<WeightFormat> format) {
        List<SolvedLayer> solved =
                layers.stream().map(layer -> SolvedLayer.standIn(layer, format)).toList();
        return OnnxWriter.size(placement.write(solved, Map.of()));
    }

    @Test
    void placesNothingWhereNoLayerIsToComputeInIntegers() {
        assertTrue(OrtTarget.DEFAULT.place(GRAPH, List.of()).valuesToMeasure().isEmpty());
        assertFalse(
                OrtTarget.DEFAULT.place(GRAPH, List.of(LAYER)).valuesToMeasure().isEmpty());
    }

    @Test
    void storesBlocksFromOperatorSet21On() {
        WeightFormat blocks = WeightFormat.perChannel(4).perBlock(16);
        assertFalse(OrtTarget.DEFAULT.canStore(blocks, 20));
        assertTrue(OrtTarget.DEFAULT.canStore(blocks, 21));
        assertTrue(OrtTarget.DEFAULT.canStore(blocks.perChannel(), OrtTarget.DEFAULT.leastOpset()));
        assertTrue(new OrtTarget(WeightForm.NBITS, Processor.ANY).canStore(blocks, OrtTarget.DEFAULT.leastOpset()));
    }
}
