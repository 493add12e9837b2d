package lathe.engine.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.ToIntFunction;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.TestGraph;
import lathe.engine.layer.Layer;
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

    /** A network whose layer 'd' says how large its output is, and whose other layers have so many channels. */
    private static Selection ofSpeech(int channels, CompressionOptions options) {
        Graph graph = new TestGraph()
                .conv("e", "x", 3, channels)
                .conv("d", "e", channels, 1)
                .node("Ceil", "durations", "d")
                .node("Cast", Map.of("to", new Attribute.Int(7)), "frames", "durations")
                .node("Expand", "longer", "e", "frames")
                .conv("o", "longer", channels, channels)
                .build("o");
        return Selection.of(graph, options, OrtTarget.DEFAULT);
    }

    private static List<String> outputs(Selection selection) {
        return selection.layers().stream().map(Layer::output).toList();
    }

    @Test
    void aSmallLayerThatOnlyDecidesSizesStaysInFloatAndALineSaysSo() {
        Selection selection = ofSpeech(24, CompressionOptions.DEFAULT);
        assertEquals(List.of("e", "o"), outputs(selection));
        assertEquals(
                "it only decides sizes of other tensors",
                selection.skipped().get(0).reason());
        assertEquals(
                List.of(
                        "weights stay in FP32 for 'd_node': they only decide sizes of other tensors, which any error may"
                                + " change; options for single layers choose otherwise"),
                selection.warnings());
    }

    @Test
    void aLargeOneIsCompressedAndALineSaysSo() {
        Selection selection = ofSpeech(4, CompressionOptions.DEFAULT);
        assertEquals(List.of("e", "d", "o"), outputs(selection));
        assertEquals(
                List.of(
                        "weights of 'd_node' only decide sizes of other tensors, which any error may change, but are 13 % of"
                                + " all, so they are compressed; exclude these layers to keep sizes"),
                selection.warnings());
    }

    @Test
    void oneWithOptionsOfItsOwnIsCompressedAsTheySay() {
        LayerOverride own = LayerOverride.of("d_node").withBits(8);
        Selection selection = ofSpeech(24, CompressionOptions.DEFAULT.withOverrides(List.of(own)));
        assertEquals(List.of("e", "d", "o"), outputs(selection));
        assertEquals(List.of(), selection.warnings());
    }
}
