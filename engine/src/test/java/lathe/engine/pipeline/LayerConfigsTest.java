package lathe.engine.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import lathe.engine.graph.TestGraph;
import lathe.engine.grid.CodebookFormat;
import lathe.engine.grid.FloatFormat;
import lathe.engine.grid.TableFormat;
import lathe.engine.grid.WeightFormat;
import lathe.engine.grid.WeightFormat.Sharing;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.prune.LayerShare;
import lathe.engine.prune.Sparsity;
import lathe.engine.qdq.OrtTarget;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayerConfigsTest {

    private static final long BLOCKS = 21;

    private static final List<Layer> LAYERS = Layers.survey(new TestGraph()
                    .conv("a", "x", 3, 3)
                    .conv("b", "a", 3, 30)
                    .conv("c", "b", 30, 3)
                    .conv("d", "c", 3, 3)
                    .build("d"))
            .layers();

    /** {@code b} and {@code c} share their weights. */
    private static final List<Layer> SHARING = Layers.survey(new TestGraph()
                    .conv("a", "x", 3, 3)
                    .conv("b", "a", 3, 3)
                    .node("Conv", "c", "b", "b_w", "b_b")
                    .conv("d", "c", 3, 3)
                    .build("d"))
            .layers();

    private static CompressionOptions all(WeightFormat weights, LayerOverride... overrides) {
        return CompressionOptions.DEFAULT.withWeights(weights).withOverrides(List.of(overrides));
    }

    private static LayerConfigs configs(CompressionOptions options, List<Layer> layers, long opset) {
        return LayerConfigs.of(options, layers, Exclusion.of(options, layers).layers(), OrtTarget.DEFAULT, opset);
    }

    private static List<Integer> bits(CompressionOptions options) {
        return bits(options, LAYERS);
    }

    private static List<Integer> bits(CompressionOptions options, List<Layer> layers) {
        LayerConfigs configs = configs(options, layers, BLOCKS);
        return Exclusion.of(options, layers).layers().stream()
                .map(layer -> configs.of(layer).bits())
                .toList();
    }

    private static LayerOverride bits(String glob, int bits) {
        return LayerOverride.of(glob).withBits(bits);
    }

    @Test
    void theFirstAndTheLastLayerHaveMoreBits() {
        assertEquals(List.of(8, 4, 4, 8), bits(all(WeightFormat.perChannel(4))));
    }

    /** The last layer has 1800 of 1863 weights, and the first one 27. */
    @Test
    void aLargeEndHasMoreBitsOnlyIfThatIsAsked() {
        List<Layer> layers = Layers.survey(new TestGraph()
                        .conv("a", "x", 3, 1)
                        .conv("b", "a", 1, 4)
                        .conv("d", "b", 4, 50)
                        .build("d"))
                .layers();
        CompressionOptions four = all(WeightFormat.perChannel(4));
        CompressionOptions asked = new CompressionOptions(
                four.config(),
                OptionalInt.of(8),
                four.activationBits(),
                four.activationRange(),
                four.exclude(),
                four.overrides(),
                four.threads(),
                four.memory());
        assertEquals(List.of(8, 4, 4), bits(four, layers));
        assertEquals(List.of(8, 4, 8), bits(asked, layers));
    }

    @Test
    void bitsOfALayerGoBeforeThoseOfTheEnds() {
        assertEquals(List.of(2, 4, 3, 8), bits(all(WeightFormat.perChannel(4), bits("a*", 2), bits("c*", 3))));
    }

    @Test
    void theLastOfSeveralWins() {
        WeightFormat four = WeightFormat.perChannel(4);
        assertEquals(List.of(3, 3, 3, 3), bits(all(four, bits("c*", 2), bits("*", 3))));
        assertEquals(List.of(3, 3, 2, 3), bits(all(four, bits("*", 3), bits("c*", 2))));
    }

    @Test
    void theEndsStayTheEndsWhereTheyStayInFloat() {
        assertEquals(
                List.of(4, 4, 8),
                bits(all(WeightFormat.perChannel(4), LayerOverride.of("a*").inFloat())));
    }

    /** Empty cells: not given. */
    @ParameterizedTest(name = "{0} {1}: {2}, {3}, {4}")
    @CsvSource({
        "CHANNEL, 0, , , , CHANNEL, 0, true",
        "CHANNEL, 0, TENSOR, , , TENSOR, 0, true",
        "CHANNEL, 0, , 16, , BLOCK, 16, true",
        "CHANNEL, 0, CHANNEL, 16, , BLOCK, 16, true",
        "CHANNEL, 0, , 0, , CHANNEL, 0, true",
        "TENSOR, 0, CHANNEL, , , CHANNEL, 0, true",
        "TENSOR, 0, , 32, , BLOCK, 32, true",
        "TENSOR, 0, , 0, , TENSOR, 0, true",
        "BLOCK, 64, TENSOR, , , TENSOR, 0, true",
        "BLOCK, 64, CHANNEL, , , CHANNEL, 0, true",
        "BLOCK, 64, , 16, , BLOCK, 16, true",
        "BLOCK, 64, , 0, , CHANNEL, 0, true",
        "BLOCK, 64, TENSOR, 0, true, TENSOR, 0, false",
        "CHANNEL, 0, , , true, CHANNEL, 0, false",
        "BLOCK, 64, , , false, BLOCK, 64, true"
    })
    void whatIsNotGivenStays(
            Sharing before,
            int blockBefore,
            Sharing granularity,
            Integer block,
            Boolean asymmetric,
            Sharing after,
            int blockAfter,
            boolean symmetric) {
        for (boolean symmetricBefore : new boolean[] {true, false}) {
            WeightFormat plain = WeightFormat.perChannel(8).with(before, blockBefore);
            WeightFormat format = symmetricBefore ? plain : plain.asymmetric();
            LayerOverride override = new LayerOverride(
                    "*",
                    false,
                    Optional.of(WeightFormat.perChannel(5)),
                    Optional.ofNullable(granularity),
                    block == null ? OptionalInt.empty() : OptionalInt.of(block),
                    Optional.ofNullable(asymmetric),
                    Optional.empty(),
                    Optional.empty());
            WeightFormat changed = override.applied(format);
            assertEquals(after, changed.sharing());
            assertEquals(blockAfter, changed.block());
            assertEquals(asymmetric == null ? symmetricBefore : symmetric, changed.symmetric());
            assertEquals(5, changed.bits());
        }
    }

    @Test
    void codesFollowTheZeroPoints() {
        LayerOverride with = override(Optional.empty(), OptionalInt.empty(), Optional.of(true));
        LayerOverride without = override(Optional.empty(), OptionalInt.empty(), Optional.of(false));
        WeightFormat eight = WeightFormat.perChannel(8);
        assertEquals(eight.asymmetric(), with.applied(eight));
        assertEquals(eight, without.applied(eight.asymmetric()));
        assertEquals(-128, with.applied(eight).levels().least());
    }

    private static LayerOverride override(
            Optional<Sharing> granularity, OptionalInt block, Optional<Boolean> asymmetric) {
        return new LayerOverride(
                "*", false, Optional.empty(), granularity, block, asymmetric, Optional.empty(), Optional.empty());
    }

    private static LayerOverride format(String glob, WeightFormat format, Optional<Boolean> asymmetric) {
        return new LayerOverride(
                glob,
                false,
                Optional.of(format),
                Optional.empty(),
                OptionalInt.empty(),
                asymmetric,
                Optional.empty(),
                Optional.empty());
    }

    @Test
    void theEndsOfAFormatOfFewBitsAreIntegers() {
        LayerConfigs configs = configs(all(TableFormat.NF4.perBlock(16)), LAYERS, BLOCKS);
        assertEquals(
                List.of(
                        WeightFormat.perChannel(8).perBlock(16),
                        TableFormat.NF4.perBlock(16),
                        TableFormat.NF4.perBlock(16),
                        WeightFormat.perChannel(8).perBlock(16)),
                LAYERS.stream()
                        .map(layer -> configs.of(layer).format().orElseThrow())
                        .toList());
        assertEquals(List.of(8, 8, 8, 8), bits(all(FloatFormat.E4M3)));
    }

    @Test
    void prunedLayersHaveALevelOfZero() {
        CompressionOptions options = all(TableFormat.midrise(3).perBlock(16));
        Optional<Sparsity> half = Optional.of(new LayerShare(0.5));
        LayerConfigs dense = configs(options, LAYERS, BLOCKS);
        assertEquals(List.of(), dense.warnings());
        LayerConfigs pruned = configs(options.withConfig(options.config().withSparsity(half)), LAYERS, BLOCKS);
        assertEquals(
                WeightFormat.perChannel(3).perBlock(16),
                pruned.of(LAYERS.get(1)).format().orElseThrow());
        assertEquals(List.of("midrise3 has no level of 0, which pruned layers need; they get int3"), pruned.warnings());
        CompressionOptions one = all(TableFormat.midrise(1));
        LayerConfigs single = configs(one.withConfig(one.config().withSparsity(half)), LAYERS, BLOCKS);
        assertEquals(List.of("midrise1 has no level of 0, which pruned layers need; they get int2"), single.warnings());
    }

    @Test
    void aLayerMayHaveLevelsOfItsOwn() {
        LayerOverride table = format("b*", TableFormat.NF4, Optional.of(true));
        LayerOverride unchanged = LayerOverride.of("b*").inFloat();
        LayerConfigs configs = configs(all(WeightFormat.perChannel(6).perBlock(16), table), LAYERS, BLOCKS);
        assertEquals(
                TableFormat.NF4.perBlock(16), configs.of(LAYERS.get(1)).format().orElseThrow());
        assertEquals(List.of("'b*' asks for zero points, which nf4 does not have"), configs.warnings());
        assertEquals(List.of(8, 5, 6, 8), bits(all(WeightFormat.perChannel(6), table, bits("b*", 5))));
        assertEquals(List.of(8, 6, 8), bits(all(WeightFormat.perChannel(6), unchanged)));
        assertEquals(List.of(8, 4, 6, 8), bits(all(WeightFormat.perChannel(6), unchanged, table)));
        assertThrows(
                IllegalArgumentException.class,
                () -> new LayerOverride(
                        "*",
                        true,
                        Optional.of(TableFormat.NF4),
                        Optional.empty(),
                        OptionalInt.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()));
    }

    @Test
    void refusesWhatContradictsItself() {
        assertThrows(
                IllegalArgumentException.class,
                () -> override(Optional.of(Sharing.TENSOR), OptionalInt.of(16), Optional.empty()));
        assertThrows(
                IllegalArgumentException.class,
                () -> override(Optional.of(Sharing.BLOCK), OptionalInt.empty(), Optional.empty()));
        assertThrows(
                IllegalArgumentException.class, () -> override(Optional.empty(), OptionalInt.of(-1), Optional.empty()));
        for (int wrong : new int[] {1, 9, 31, 33}) {
            assertThrows(IllegalArgumentException.class, () -> bits("*", wrong));
        }
    }

    @Test
    void saysWhichGlobMatchesNoLayer() {
        LayerConfigs configs = configs(all(WeightFormat.perChannel(8), bits("z*", 4), bits("a*", 4)), LAYERS, BLOCKS);
        assertEquals(List.of("no layer's name matches 'z*', which has per-layer options"), configs.warnings());
    }

    @Test
    void layersThatShareWeightsAgreeOnTheFormatOfMostBits() {
        LayerConfigs configs = configs(all(WeightFormat.perChannel(4), bits("c*", 6)), SHARING, BLOCKS);
        assertEquals(6, configs.of(SHARING.get(1)).bits());
        assertEquals(6, configs.of(SHARING.get(2)).bits());
        assertEquals(List.of("2 layers share the weights of 'c_node'; all get its format, int6"), configs.warnings());
    }

    @Test
    void aLayerInFloatHasNoSayOnSharedWeights() {
        CompressionOptions options =
                all(WeightFormat.perChannel(4), LayerOverride.of("c*").inFloat());
        LayerConfigs configs = configs(options, SHARING, BLOCKS);
        assertEquals(4, configs.of(SHARING.get(1)).bits());
        assertEquals(List.of(), configs.warnings());
    }

    @Test
    void whereBlocksCannotBeWrittenEachOutputHasOneScaleAndItsZeroPoint() {
        LayerOverride blocks = override(Optional.empty(), OptionalInt.of(16), Optional.of(true));
        LayerConfigs configs = configs(all(WeightFormat.perChannel(4), blocks), LAYERS, BLOCKS - 1);
        assertEquals(
                WeightFormat.perChannel(4).asymmetric(),
                configs.of(LAYERS.get(1)).format().orElseThrow());
        assertEquals(
                List.of("operator set 20 has no block-wise scales; per-channel scales are used"), configs.warnings());
    }

    /** Three kernels an output are too few; they get 8 bits, as the first and the last layer do. */
    @Test
    void layersOfFewKernelsGetEightBitsInsteadOfACodebook() {
        List<Layer> layers = Layers.survey(new TestGraph()
                        .conv("a", "x", 3, 40)
                        .conv("b", "a", 40, 40)
                        .conv("c", "b", 40, 3)
                        .conv("d", "c", 3, 40)
                        .conv("e", "d", 40, 40)
                        .build("e"))
                .layers();
        LayerConfigs configs = configs(all(CodebookFormat.of(1)), layers, 13);
        assertEquals(
                List.of("int8", "kernel-codebook", "kernel-codebook", "int8", "kernel-codebook"),
                layers.stream().map(layer -> configs.of(layer).formatName()).toList());
        assertEquals("few kernels", configs.reason(layers.get(3)));
    }
}
