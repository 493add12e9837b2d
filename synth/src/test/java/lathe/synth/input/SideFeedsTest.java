package lathe.synth.input;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.tensor.ElementType;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;

/** What inputs that hold no measured quantity are fed. */
class SideFeedsTest {

    private static final Value IDS =
            Graphs.input("ids", ElementType.INT64, List.of(Value.Dim.dynamic("n"), Value.Dim.dynamic("t")));

    private static Initializer table(String name, int rows) {
        return Initializer.ofFloats(name, new float[2 * rows], rows, 2);
    }

    private static InputPlan plan(List<Node> nodes, List<Initializer> constants, Value... inputs) {
        return InputPlan.of(Graphs.of(nodes, constants, inputs), InputOptions.DEFAULT);
    }

    private static float[] values(InputPlan plan, String input, int first, int count) {
        return plan.batch(first, count).get(input).floats();
    }

    private static Set<Integer> distinct(float[] values) {
        Set<Integer> distinct = new TreeSet<>();
        for (float value : values) {
            assertEquals(Math.rint(value), value);
            distinct.add((int) value);
        }
        return distinct;
    }

    private static Set<Integer> below(int limit) {
        return new TreeSet<>(IntStream.range(0, limit).boxed().toList());
    }

    @Test
    void tokensAreDrawnOverTheRowsOfTheirTable() {
        InputPlan plan = plan(
                List.of(
                        Graphs.node("Cast", "cast", "ids"),
                        Graphs.node("Unsqueeze", "wide", "cast", "axes"),
                        Graphs.node("Gather", "rows", "table", "wide")),
                List.of(table("table", 7)),
                IDS);
        float[] ids = values(plan, "ids", 0, 4);
        assertEquals(below(7), distinct(ids));
        int[] counts = new int[7];
        for (float id : ids) {
            counts[(int) id]++;
        }
        for (int count : counts) {
            assertEquals(ids.length / 7.0, count, 40);
        }
        assertTrue(plan.assumptions().get(0).contains("7 rows"), plan.assumptions()::toString);
        assertTrue(plan.guessed());
    }

    @Test
    void theSmallerOfTwoTablesBounds() {
        InputPlan plan = plan(
                List.of(Graphs.node("Gather", "a", "large", "ids"), Graphs.node("Gather", "b", "small", "ids")),
                List.of(table("large", 30), table("small", 4)),
                IDS);
        assertEquals(below(4), distinct(values(plan, "ids", 0, 4)));
    }

    @Test
    void theAxisOfAGatherAndTheDepthOfAOneHotBound() {
        Node gather = Node.of("g", "Gather", List.of("table", "ids"), List.of("g"), axis(1));
        assertEquals(below(2), distinct(values(plan(List.of(gather), List.of(table("table", 9)), IDS), "ids", 0, 4)));
        InputPlan oneHot = plan(
                List.of(Graphs.node("OneHot", "h", "ids", "depth", "values")),
                List.of(Initializer.ofLongs("depth", new long[] {5}), table("values", 1)),
                IDS);
        assertEquals(below(5), distinct(values(oneHot, "ids", 0, 4)));
    }

    private static Map<String, lathe.engine.graph.Attribute> axis(long axis) {
        return Map.of("axis", new lathe.engine.graph.Attribute.Int(axis));
    }

    @Test
    void masksAreOnesAndLengthsAreTheSequences() {
        Value mask = Graphs.input(
                "attention_mask", ElementType.INT64, List.of(Value.Dim.dynamic("n"), Value.Dim.dynamic("t")));
        Value weights = Graphs.input("w", ElementType.INT32, List.of(Value.Dim.dynamic("n"), Value.Dim.dynamic("t")));
        Value lengths = Graphs.input("ids_lengths", ElementType.INT64, List.of(Value.Dim.dynamic("n")));
        InputPlan plan = plan(
                List.of(
                        Graphs.node("Gather", "rows", "table", "ids"),
                        Graphs.node("Cast", "cast", "w"),
                        Graphs.node("Mul", "weighted", "cast", "rows")),
                List.of(table("table", 7)),
                IDS,
                mask,
                weights,
                lengths);
        assertEquals(Set.of(1), distinct(values(plan, "attention_mask", 0, 2)));
        assertEquals(Set.of(1), distinct(values(plan, "w", 0, 2)));
        assertArrayEquals(new float[] {128, 128}, values(plan, "ids_lengths", 0, 2));
    }

    @Test
    void aMaskOfPaddingPadsNothing() {
        Value padding = Graphs.input("key_padding_mask", ElementType.BOOL, -1, 6);
        assertArrayEquals(new float[12], values(plan(List.of(), List.of(), padding), "key_padding_mask", 0, 2));
    }

    @Test
    void positionsAreCountedAndAllTokensAreOfOneSegment() {
        Value positions = Graphs.input("position_ids", ElementType.INT64, 1, 5);
        Value types = Graphs.input("token_type_ids", ElementType.INT64, 1, 5);
        InputPlan plan = plan(
                List.of(
                        Graphs.node("Gather", "p", "places", "position_ids"),
                        Graphs.node("Gather", "t", "kinds", "token_type_ids")),
                List.of(table("places", 20), table("kinds", 2)),
                positions,
                types);
        assertArrayEquals(new float[] {0, 1, 2, 3, 4}, values(plan, "position_ids", 3, 1));
        assertArrayEquals(new float[5], values(plan, "token_type_ids", 3, 1));
    }

    @Test
    void rowsThatTrainingLeftSmallAreNotDrawn() {
        float[] rows = {1, 1, 0.1f, 0.2f, 1, -1, 0, 2, 0, 0, 2, 0};
        InputPlan plan = plan(
                List.of(Graphs.node("Gather", "rows", "table", "ids")),
                List.of(Initializer.ofFloats("table", rows, 6, 2)),
                IDS);
        assertEquals(Set.of(0, 2, 3, 5), distinct(values(plan, "ids", 0, 4)));
        assertTrue(plan.assumptions().get(0).contains("4 of the 6 rows"), plan.assumptions()::toString);
    }

    @Test
    void idsOfALargeVocabularyFollowZipf() {
        float[] rows = new float[4000];
        Arrays.fill(rows, 1);
        Arrays.fill(rows, 0, 200, 0.1f);
        InputPlan plan = plan(
                List.of(Graphs.node("Gather", "rows", "table", "ids")),
                List.of(Initializer.ofFloats("table", rows, 2000, 2)),
                IDS);
        int[] counts = new int[2000];
        int drawn = 0;
        for (float id : values(plan, "ids", 0, 400)) {
            counts[(int) id]++;
            drawn++;
        }
        assertEquals(0, IntStream.range(0, 100).map(id -> counts[id]).sum());
        for (int[] ranks : new int[][] {{0, 10}, {10, 100}, {100, 1900}}) {
            double expected = Math.log((ranks[1] + 10.0) / (ranks[0] + 10)) / Math.log(191);
            int found = IntStream.range(100 + ranks[0], 100 + ranks[1])
                    .map(id -> counts[id])
                    .sum();
            assertEquals(expected, found / (double) drawn, 0.01);
        }
    }

    @Test
    void aConditionTakesBothValuesAndANumberThoseItIsComparedWith() {
        Value image = Graphs.input("x", ElementType.FLOAT, 1, 3, 8, 8);
        Value flag = Graphs.input("flag", ElementType.BOOL);
        Value rate = Graphs.input("sr", ElementType.INT64);
        InputPlan plan = plan(
                List.of(Graphs.node("Equal", "low", "sr", "eight"), Graphs.node("Equal", "high", "sixteen", "sr")),
                List.of(
                        Initializer.ofLongs("sixteen", new long[] {16000}),
                        Initializer.ofLongs("eight", new long[] {8000})),
                image,
                flag,
                rate);
        assertArrayEquals(new float[] {0}, values(plan, "flag", 0, 1));
        assertArrayEquals(new float[] {1}, values(plan, "flag", 1, 1));
        assertArrayEquals(new float[] {8000}, values(plan, "sr", 0, 1));
        assertArrayEquals(new float[] {16000}, values(plan, "sr", 1, 1));
        assertFalse(plan.guessed());
    }

    @Test
    void aConditionBesideABatchTakesBothValues() {
        Value flag = Graphs.input("flag", ElementType.BOOL);
        InputPlan open = plan(List.of(), List.of(), Graphs.input("x", ElementType.FLOAT, -1, 3, 8, 8), flag);
        assertEquals(OptionalInt.of(1), open.fixedBatch());
        InputPlan four = plan(List.of(), List.of(), Graphs.input("x", ElementType.FLOAT, 4, 3, 8, 8), flag);
        assertArrayEquals(new float[] {0}, values(four, "flag", 0, 4));
        assertArrayEquals(new float[] {1}, values(four, "flag", 4, 4));
    }

    @Test
    void aSideIndexIsDrawnFromItsTable() {
        Graph graph = OnnxReader.read(TestData.bytes("odd/input-side-index.onnx"));
        InputPlan plan = InputPlan.of(graph, InputOptions.DEFAULT);
        Set<Integer> styles = new TreeSet<>();
        IntStream.range(0, 40).forEach(i -> styles.addAll(distinct(values(plan, "style", i, 1))));
        assertTrue(styles.size() > 1, styles::toString);
    }

    @Test
    void soundIsKnownByItsFrames() {
        Value samples = Graphs.input("wave", ElementType.FLOAT, -1, -1);
        Initializer kernel = Initializer.ofFloats("k", new float[4 * 40], 4, 1, 40);
        List<Node> conv = List.of(Graphs.node("Unsqueeze", "u", "wave", "axes"), Graphs.node("Conv", "c", "u", "k"));
        InputPlan plan = plan(conv, List.of(kernel), samples);
        assertArrayEquals(new long[] {2, 16000}, plan.batch(0, 2).get("wave").dims());
        assertTrue(plan.assumptions().get(0).contains("audio"), plan.assumptions()::toString);
        double loudest = 0;
        double softest = 1;
        for (int i = 0; i < 8; i++) {
            double largest = 0;
            for (float value : values(plan, "wave", i, 1)) {
                largest = Math.max(largest, Math.abs(value));
            }
            loudest = Math.max(loudest, largest);
            softest = Math.min(softest, largest);
        }
        assertTrue(loudest <= 1 && loudest > 0.5 && softest < 0.05, loudest + " " + softest);
    }

    @Test
    void aFeatureVectorIsNoSound() {
        Value features = Graphs.input("x", ElementType.FLOAT, -1, 784);
        Initializer weights = Initializer.ofFloats("w", new float[784 * 2], 784, 2);
        for (List<Node> nodes : List.of(
                List.of(Graphs.node("MatMul", "y", "x", "w")),
                List.of(Graphs.node("Reshape", "r", "x", "shape"), Graphs.node("MatMul", "y", "r", "w")))) {
            InputPlan plan = plan(nodes, List.of(weights), features);
            assertTrue(plan.assumptions().get(0).contains("correlated noise"), plan.assumptions()::toString);
        }
    }

    @Test
    void soundIsKnownByItsNameOrByARateBesideIt() {
        InputPlan named = plan(List.of(), List.of(), Graphs.input("audio_signal", ElementType.FLOAT, -1, -1));
        assertTrue(named.assumptions().get(0).contains("audio"), named.assumptions()::toString);
        InputPlan rated = plan(
                List.of(),
                List.of(),
                Graphs.input("input", ElementType.FLOAT, -1, -1),
                Graphs.input("sr", ElementType.INT64));
        assertTrue(rated.assumptions().get(0).contains("audio"), rated.assumptions()::toString);
        assertArrayEquals(new float[] {16000}, values(rated, "sr", 0, 1));
        InputPlan vector = plan(List.of(), List.of(), Graphs.input("audio_features", ElementType.FLOAT, -1, 512));
        assertTrue(vector.assumptions().get(0).contains("correlated noise"), vector.assumptions()::toString);
    }

    @Test
    void factorsAreOnes() {
        Value scales = Graphs.input("noise_scale", ElementType.FLOAT, 3);
        InputPlan plan = plan(List.of(), List.of(), IDS, scales, Graphs.input("speed", ElementType.FLOAT, 1));
        assertArrayEquals(new float[] {1, 1, 1}, values(plan, "noise_scale", 0, 1));
        assertArrayEquals(new float[] {1}, values(plan, "speed", 0, 1));
        InputPlan sole = plan(List.of(), List.of(), scales);
        assertTrue(sole.assumptions().get(0).contains("noise"), "nothing to be multiplied");
        InputPlan many = plan(List.of(), List.of(), Graphs.input("scale", ElementType.FLOAT, -1, 64));
        assertTrue(many.assumptions().get(0).contains("noise"), many.assumptions()::toString);
    }

    @Test
    void soundIsKnownByFramesCutInABody() {
        Initializer kernel = Initializer.ofFloats("k", new float[4 * 40], 4, 1, 40);
        Graph body = Graphs.of(
                List.of(Graphs.node("Unsqueeze", "u", "wave", "axes"), Graphs.node("Conv", "c", "u", "k")),
                List.of(kernel));
        Node choice = Node.of("", "If", List.of("flag"), List.of("y"), Map.of())
                .withAttribute("then_branch", new Attribute.OfGraph(body));
        InputPlan plan = plan(
                List.of(choice.withBodies(same -> body.with(body.nodes(), List.of(kernel), List.of()))),
                List.of(),
                Graphs.input("wave_in", ElementType.FLOAT, -1, -1),
                Graphs.input("wave", ElementType.FLOAT, -1, -1),
                Graphs.input("flag", ElementType.BOOL));
        assertTrue(plan.assumptions().get(0).contains("correlated noise"), plan.assumptions()::toString);
        assertTrue(plan.assumptions().get(1).contains("audio"), plan.assumptions()::toString);
    }

    /** No list of all ids is kept. */
    @Test
    void aVocabularyOfAllNumbersCanBeDrawnFrom() {
        Vocabulary all = Vocabulary.alike(Long.MAX_VALUE);
        assertEquals(Integer.MAX_VALUE, all.size());
        SplittableRandom random = new SplittableRandom(1);
        assertTrue(IntStream.range(0, 100).map(i -> all.draw(random)).max().orElseThrow() > 1 << 30);
    }
}
