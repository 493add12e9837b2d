package lathe.synth.input;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Value;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.tensor.ElementType;
import lathe.synth.image.Pictures;
import lathe.synth.image.SyntheticImages;
import lathe.synth.network.Tensor;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class InputPlanTest {

    private static final InputOptions DEFAULT = InputOptions.DEFAULT;

    private static Graph odd(String name) {
        return OnnxReader.read(TestData.bytes("odd/" + name + ".onnx"));
    }

    private static InputPlan plan(String odd) {
        return InputPlan.of(odd(odd), DEFAULT);
    }

    private static Value input(String name, ElementType type, long... dims) {
        return Graphs.input(name, type, dims);
    }

    private static InputPlan planOf(InputOptions options, Value... inputs) {
        return InputPlan.of(Graphs.of(List.of(), List.of(), inputs), options);
    }

    private static float[] values(InputPlan plan, String input, int first, int count) {
        return plan.batch(first, count).get(input).floats();
    }

    private static double mean(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    static Stream<String> oddGraphs() {
        return new String(TestData.bytes("odd/index.txt"), StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.substring(0, line.indexOf('\t')))
                .filter(name -> !name.startsWith("external/"));
    }

    @ParameterizedTest
    @MethodSource("oddGraphs")
    void everyOddGraphGetsTensorsThatFitItsInputs(String name) {
        Graph graph = OnnxReader.read(TestData.bytes("odd/" + name));
        InputPlan plan = InputPlan.of(graph, DEFAULT);
        int count = plan.fixedBatch().orElse(2);
        Map<String, Tensor> batch = plan.batch(0, count);
        assertEquals(graph.requiredInputs().stream().map(Value::name).toList(), List.copyOf(batch.keySet()));
        for (Value input : graph.requiredInputs()) {
            Tensor tensor = batch.get(input.name());
            List<Value.Dim> dims = input.dims().orElseThrow();
            assertEquals(dims.size(), tensor.dims().length);
            for (int axis = 0; axis < dims.size(); axis++) {
                assertEquals(dims.get(axis).extent().orElse(tensor.dims()[axis]), tensor.dims()[axis]);
            }
            for (float value : tensor.floats()) {
                assertTrue(Float.isFinite(value));
            }
        }
        assertEquals(
                graph.requiredInputs().size() + (plan.guessed() ? 1 : 0),
                plan.assumptions().size());
    }

    @Test
    void dynamicSizesAre224() {
        for (String name : List.of("shape-dynamic", "shape-dynamic-unnamed")) {
            InputPlan plan = plan(name);
            assertEquals(OptionalInt.empty(), plan.fixedBatch());
            assertArrayEquals(
                    new long[] {2, 3, 224, 224}, plan.batch(0, 2).get("image").dims());
            assertTrue(
                    plan.assumptions().get(0).contains("axis 2 is dynamic: 224 taken"), plan.assumptions()::toString);
        }
    }

    @Test
    void inputShapeSettlesDynamicSizesButNotTheBatch() {
        InputPlan plan = InputPlan.of(odd("shape-dynamic"), DEFAULT.withShapes(List.of("1,3,40,56")));
        assertEquals(OptionalInt.empty(), plan.fixedBatch());
        assertArrayEquals(
                new long[] {5, 3, 40, 56}, plan.batch(0, 5).get("image").dims());
    }

    @Test
    void aLineOfTextIsWide() {
        InputPlan line = planOf(DEFAULT, input("x", ElementType.FLOAT, -1, 3, 48, -1));
        assertArrayEquals(new long[] {1, 3, 48, 320}, line.batch(0, 1).get("x").dims());
        InputPlan square = planOf(DEFAULT, input("x", ElementType.FLOAT, -1, 3, -1, 192));
        assertArrayEquals(
                new long[] {1, 3, 192, 192}, square.batch(0, 1).get("x").dims());
    }

    @Test
    void axesOfOneSymbolGetOneExtent() {
        Value a = Graphs.input("a", ElementType.FLOAT, List.of(Value.Dim.dynamic("n"), Value.Dim.dynamic("t")));
        Value b = Graphs.input("b", ElementType.INT64, List.of(Value.Dim.dynamic("n"), Value.Dim.dynamic("t")));
        Map<String, Tensor> batch =
                planOf(DEFAULT.withShapes(List.of("b:?,9")), a, b).batch(0, 4);
        assertArrayEquals(new long[] {4, 9}, batch.get("a").dims());
        assertArrayEquals(new long[] {4, 9}, batch.get("b").dims());
    }

    @Test
    void aFixedBatchIsSaidAndHeld() {
        InputPlan plan = plan("shape-fixed-batch");
        assertEquals(OptionalInt.of(1), plan.fixedBatch());
        assertThrows(IllegalArgumentException.class, () -> plan.batch(0, 2));
    }

    @Test
    void matricesAreNoImages() {
        assertTrue(plan("matmul-weights-rank3").assumptions().get(0).contains("no image"));
    }

    @Test
    void channelsLastHoldsTheSamePictures() {
        float[] last = values(plan("input-nhwc"), "image", 3, 1);
        float[] first = SyntheticImages.of(DEFAULT.seed(), 3, 12, 12).image(3);
        for (int i = 0; i < 144; i++) {
            for (int channel = 0; channel < 3; channel++) {
                assertEquals(Scaling.IMAGENET.apply(first[channel * 144 + i], channel), last[i * 3 + channel]);
            }
        }
        assertTrue(plan("input-nhwc").assumptions().get(0).contains("NHWC"));
    }

    @Test
    void imageNetIsAssumedForThreeChannelsAndCanBeReplaced() {
        InputPlan plan = plan("shape-dynamic");
        assertEquals(Scaling.IMAGENET, plan.candidates().get(0));
        assertTrue(plan.candidates().contains(Scaling.BYTES));
        assertTrue(plan.assumptions().get(0).contains("ImageNet mean/std assumed"), plan.assumptions()::toString);
        InputPlan bytes = plan.withScaling(Scaling.BYTES, "fits best");
        assertEquals(127, mean(values(bytes, "image", 0, 6)), 40);
        assertTrue(bytes.assumptions().get(0).contains("range 0 to 255 fits best"), bytes.assumptions()::toString);
        assertFalse(bytes.candidates().isEmpty());
    }

    @Test
    void guessedScalingsTakeTurnsAfterEachKindOfPictureHasBeen() {
        InputPlan plan = plan("shape-dynamic").withGuesses(List.of(Scaling.UNIT, Scaling.BYTES), "assumed");
        float[] pictures = values(plan("shape-dynamic").withScaling(Scaling.UNIT, ""), "image", 0, 12);
        float[] fed = values(plan, "image", 0, 12);
        int size = pictures.length / 12;
        for (int i = 0; i < fed.length; i++) {
            int image = i / size;
            assertEquals(image / 3 % 2 == 0 ? pictures[i] : 255 * pictures[i], fed[i], 1e-3);
        }
        assertTrue(plan.rangeGuessed());
        assertEquals(List.of(Scaling.UNIT, Scaling.BYTES), plan.assumed());
        assertEquals(
                plan.assumed(),
                plan("shape-dynamic").scaledAs(plan, "as before").assumed());
    }

    @Test
    void oneChannelThatIsNotSquareIsNoImageForSure() {
        Value spectrum = input("x", ElementType.FLOAT, -1, 76, 32, 1);
        assertTrue(planOf(DEFAULT, spectrum).guessed());
        assertFalse(planOf(DEFAULT.withInputRange(0, 1), spectrum).guessed());
        assertFalse(
                planOf(DEFAULT, input("x", ElementType.FLOAT, -1, 28, 28, 1)).guessed());
        assertFalse(
                planOf(DEFAULT, input("x", ElementType.FLOAT, -1, 76, 32, 3)).guessed());
    }

    @Test
    void aGivenRangeOrMeanIsNotOpenToChoice() {
        Graph graph = odd("shape-fixed-batch");
        InputPlan ranged = InputPlan.of(graph, DEFAULT.withInputRange(5, 6));
        assertTrue(ranged.candidates().isEmpty());
        for (float value : values(ranged, "image", 0, 1)) {
            assertTrue(value >= 5 && value <= 6);
        }
        InputPlan centred = InputPlan.of(graph, DEFAULT.withMeanStd(new float[] {127.5f}, new float[] {127.5f}));
        assertTrue(centred.candidates().isEmpty());
        for (float value : values(centred, "image", 0, 1)) {
            assertTrue(value >= -1 && value <= 1);
        }
    }

    @Test
    void aNetworkThatNormalisesItselfGetsBytes() {
        InputPlan plan = plan("input-normalised");
        assertTrue(plan.candidates().isEmpty());
        assertTrue(plan.assumptions().get(0).contains("normalises its input itself"), plan.assumptions()::toString);
        assertEquals(127, mean(values(plan, "image", 0, 9)), 40);
    }

    @Test
    void aLoneNumberBesideAnImageIsZero() {
        Map<String, Tensor> scalar = plan("input-side-scalar").batch(0, 3);
        assertArrayEquals(new float[1], scalar.get("strength").floats());
        assertArrayEquals(new long[] {3, 3, 12, 12}, scalar.get("image").dims());
    }

    @Test
    void aLoneNumberThatIsAllThereIsGetsNoise() {
        InputPlan plan = planOf(DEFAULT, input("x", ElementType.FLOAT, -1, 1));
        assertFalse(Arrays.equals(new float[4], values(plan, "x", 0, 4)));
    }

    @Test
    void twoImagesDiffer() {
        Map<String, Tensor> batch = plan("input-two-images").batch(0, 2);
        assertArrayEquals(new long[] {2, 3, 12, 12}, batch.get("image").dims());
        assertArrayEquals(new long[] {2, 1, 6, 6}, batch.get("depth").dims());
        InputPlan same =
                planOf(DEFAULT, input("a", ElementType.FLOAT, -1, 3, 8, 8), input("b", ElementType.FLOAT, -1, 3, 8, 8));
        assertFalse(Arrays.equals(values(same, "a", 0, 1), values(same, "b", 0, 1)));
    }

    @Test
    void scalingsThatOneOfTwoImagesCannotTakeAreNoCandidates() {
        InputPlan plan = plan("input-two-images");
        assertFalse(plan.candidates().contains(Scaling.IMAGENET));
        assertThrows(IllegalArgumentException.class, () -> plan.withScaling(Scaling.IMAGENET, "asked for"));
    }

    @Test
    void batchesDoNotDependOnHowTheyAreCut() {
        for (String name : List.of("shape-from-shape", "conv1d", "gemm-transb", "input-two-images")) {
            InputPlan plan = plan(name);
            if (plan.fixedBatch().isPresent()) {
                continue;
            }
            Map<String, Tensor> whole = plan.batch(0, 6);
            Map<String, Tensor> part = plan.batch(4, 2);
            for (String input : part.keySet()) {
                float[] all = whole.get(input).floats();
                int from = all.length / 6 * 4;
                assertArrayEquals(
                        Arrays.copyOfRange(all, from, all.length),
                        part.get(input).floats());
            }
        }
    }

    @Test
    void bytesAreWholeNumbers() {
        InputPlan plan = planOf(DEFAULT, input("x", ElementType.UINT8, -1, 16, 16, 3));
        for (float value : values(plan, "x", 0, 3)) {
            assertEquals(Math.rint(value), value);
            assertTrue(value >= 0 && value <= 255);
        }
        assertTrue(plan.candidates().isEmpty());
    }

    @Test
    void otherInputsGetNoiseThatFollowsTheKind() {
        Value features = input("x", ElementType.DOUBLE, -1, 20, 30);
        double correlated = neighbours(values(planOf(DEFAULT, features), "x", 0, 20));
        double white = neighbours(values(planOf(DEFAULT.withKind(SynthKind.NOISE), features), "x", 0, 20));
        assertEquals(0.8, correlated, 0.1);
        assertEquals(0, white, 0.05);
        float[] ranged = values(planOf(DEFAULT.withInputRange(10, 14), features), "x", 0, 20);
        assertEquals(12, mean(ranged), 0.3);
    }

    private static double neighbours(float[] values) {
        double product = 0;
        double square = 0;
        for (int i = 1; i < values.length; i++) {
            product += values[i] * values[i - 1];
            square += values[i] * values[i];
        }
        return product / square;
    }

    @Test
    void aTensorWithoutBatchIsOneSample() {
        InputPlan plan = planOf(DEFAULT, input("x", ElementType.FLOAT, 7));
        assertEquals(OptionalInt.of(1), plan.fixedBatch());
        assertFalse(Arrays.equals(values(plan, "x", 0, 1), values(plan, "x", 1, 1)));
    }

    @Test
    void aFixedSideTensorIsTheSameInEveryBatch() {
        InputPlan plan = planOf(
                DEFAULT, input("image", ElementType.FLOAT, -1, 3, 8, 8), input("table", ElementType.FLOAT, 10, 4));
        assertArrayEquals(values(plan, "table", 0, 2), values(plan, "table", 2, 3));
        assertFalse(Arrays.equals(new float[40], values(plan, "table", 0, 1)));
    }

    @Test
    void aWrongInputShapeIsSaidInOneLine() {
        assertMessage("shape-dynamic", "1,3,224", "3 numbers, but input 'image' has 4 axes");
        assertMessage("shape-dynamic", "1,4,224,224", "axis 1 of input 'image' is fixed to 3 in the file, not 4");
        assertMessage("shape-fixed-batch", "8,3,12,12", "axis 0 of input 'image' is fixed to 1");
        assertMessage("shape-dynamic", "picture:1,3,8,8", "no input of that name; the model's inputs: 'image'");
        assertMessage("input-two-images", "1,3,12,12", "2 inputs ('image', 'depth'); say which");
    }

    private static void assertMessage(String odd, String shape, String part) {
        InputOptions options = DEFAULT.withShapes(List.of(shape));
        Graph graph = odd(odd);
        String message = assertThrows(IllegalArgumentException.class, () -> InputPlan.of(graph, options))
                .getMessage();
        assertTrue(message.contains(part), message);
        assertEquals(1, message.lines().count(), message);
    }

    @Test
    void aShapeThatNobodyGivesIsAskedFor() {
        Value unknown = new Value("x", ElementType.FLOAT, java.util.Optional.empty(), java.util.Optional.empty());
        assertThrows(IllegalArgumentException.class, () -> planOf(DEFAULT, unknown));
        InputPlan plan = planOf(DEFAULT.withShapes(List.of("?,3,10,12")), unknown);
        assertArrayEquals(new long[] {2, 3, 10, 12}, plan.batch(0, 2).get("x").dims());
    }

    @Test
    void aMeanThatFitsNoInputIsRefused() {
        InputOptions two = DEFAULT.withMeanStd(new float[] {0, 0}, new float[] {1, 1});
        assertThrows(IllegalArgumentException.class, () -> InputPlan.of(odd("shape-dynamic"), two));
        assertThrows(IllegalArgumentException.class, () -> planOf(two, input("x", ElementType.FLOAT, -1, 20)));
    }

    @Test
    void textCannotBeMade() {
        assertThrows(UnsupportedModelException.class, () -> planOf(DEFAULT, input("x", ElementType.STRING, -1)));
    }

    @Test
    void aNetworkWithoutInputsIsFedNothing() {
        InputPlan plan = planOf(DEFAULT);
        assertTrue(plan.batch(0, 1).isEmpty());
    }

    @Test
    void picturesAreWhatTheFirstImageInputIsFedBeforeScaling() {
        InputPlan plan = InputPlan.of(odd("input-nhwc"), DEFAULT);
        Pictures pictures = plan.pictures().orElseThrow();
        InputOptions bytes = DEFAULT.withInputRange(0, 255);
        Tensor fed = InputPlan.of(odd("input-nhwc"), bytes)
                .batch(5, 1)
                .values()
                .iterator()
                .next();
        float[] picture = pictures.image(5);
        int channels = pictures.channels();
        int plane = pictures.height() * pictures.width();
        for (int i = 0; i < plane * channels; i++) {
            assertEquals(255 * picture[i % channels * plane + i / channels], fed.floats()[i], 1e-3);
        }
        assertEquals(Optional.empty(), plan("matmul-add-rank3").pictures());
    }

    @Test
    void anInputThatNoMemoryHoldsIsRefused() {
        for (long[] dims : List.of(
                new long[] {1, 3, 1 << 20, 1 << 20},
                new long[] {1L << 31, 3, 8, 8},
                new long[] {Long.MAX_VALUE, Long.MAX_VALUE},
                new long[] {-1, 1L << 40})) {
            UnsupportedModelException refused = assertThrows(
                    UnsupportedModelException.class, () -> planOf(DEFAULT, input("x", ElementType.FLOAT, dims)));
            assertTrue(refused.getMessage().contains("takes more than"), refused.getMessage());
        }
    }

    /** For both layouts, sum(gradient * change of what is fed) = sum(image gradient * change of the image). */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void imageGradientIsTheAdjointOfFeeding(boolean channelsLast) {
        long[] dims = channelsLast ? new long[] {-1, 8, 6, 3} : new long[] {-1, 3, 8, 6};
        InputOptions options = DEFAULT.withMeanStd(new float[] {0.1f, 0.2f, 0.3f}, new float[] {0.5f, 0.25f, 0.125f});
        InputPlan plan = planOf(options, input("x", ElementType.FLOAT, dims));
        assertEquals(Optional.of("x"), plan.differentiable());
        InputPlan other = plan.withPictures(SyntheticImages.of(7, 3, 8, 6));
        float[] fed = values(plan, "x", 0, 2);
        float[] otherFed = values(other, "x", 0, 2);
        Tensor gradient = Tensor.of(values(plan, "x", 5, 2), 2, 3, 8, 6);
        float[] ofImage = plan.imageGradient(1, gradient, 1);
        float[] image = plan.pictures().orElseThrow().image(1);
        float[] otherImage = other.pictures().orElseThrow().image(1);
        double atInput = 0;
        double atImage = 0;
        for (int i = 0; i < image.length; i++) {
            int at = image.length + i;
            atInput += (double) gradient.values().get(at) * (otherFed[at] - fed[at]);
            atImage += (double) ofImage[i] * (otherImage[i] - image[i]);
        }
        assertEquals(atInput, atImage, 1e-4 * Math.abs(atInput));
    }

    @Test
    void bytesAndVectorsHaveNoGradient() {
        assertEquals(
                Optional.empty(),
                planOf(DEFAULT, input("x", ElementType.UINT8, -1, 3, 8, 8)).differentiable());
        assertEquals(
                Optional.empty(),
                planOf(DEFAULT, input("x", ElementType.FLOAT, -1, 40)).differentiable());
    }
}
