package lathe.synth.statistics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.pipeline.StatisticsSource.Statistics;
import lathe.engine.tensor.ElementType;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.input.RealInputs;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;

/** Tokens sampled from a small decoder that knows the documentation of Python. */
class SampledTokensTest {

    private static final int LENGTH = 128;
    private static final int VOCABULARY = 512;
    private static final Graph DECODER = OnnxReader.read(TestData.bytes("decoder/toy-decoder.onnx"));

    private static InputPlan sampled(int samples, long seed, int threads) {
        InputOptions options = InputOptions.DEFAULT.withImages(samples).withSeed(seed);
        return StatisticsSources.inputs(DECODER, options, threads);
    }

    private static float[] ids(InputPlan plan) {
        return plan.batch(0, plan.count()).get("input_ids").floats();
    }

    @Test
    void theSameSeedGivesTheSameIdsOnAnyNumberOfThreads() {
        float[] ids = ids(sampled(6, 3, 1));
        assertArrayEquals(ids, ids(sampled(6, 3, 4)));
        assertArrayEquals(Arrays.copyOf(ids, 2 * LENGTH), ids(sampled(2, 3, 1)));
        assertFalse(Arrays.equals(ids, ids(sampled(6, 4, 1))));
    }

    @Test
    void masksAndPositionsBelongToTheIds() {
        InputPlan plan = sampled(2, 0, 1);
        Map<String, Tensor> batch = plan.batch(0, 2);
        batch.values().forEach(input -> assertArrayEquals(new long[] {2, LENGTH}, input.dims()));
        for (int i = 0; i < 2 * LENGTH; i++) {
            float id = batch.get("input_ids").values().get(i);
            assertTrue(id == Math.rint(id) && id >= 0 && id < VOCABULARY, "id " + id);
            assertEquals(1, batch.get("attention_mask").values().get(i));
            assertEquals(i % LENGTH, batch.get("position_ids").values().get(i));
        }
        assertTrue(
                plan.assumptions().stream().anyMatch(line -> line.contains("the network draws itself")),
                plan.assumptions()::toString);
    }

    /** Of an id drawn from p, the expected surprise -ln p is the entropy of p. Random ids surprise far more. */
    @Test
    void settledIdsAreDrawnFromTheLogitsBeforeThem() {
        InputPlan plan = sampled(64, 0, 2);
        double[] drawn = surpriseAndEntropy(plan);
        double[] random = surpriseAndEntropy(InputPlan.of(DECODER, InputOptions.DEFAULT));
        assertEquals(drawn[1], drawn[0], 0.25);
        assertTrue(random[0] > random[1] + 2, Arrays.toString(random));
    }

    /** Means over the positions that all runs settle. */
    private static double[] surpriseAndEntropy(InputPlan plan) {
        Map<String, Tensor> batch = plan.batch(0, 64);
        Tensor ids = batch.get("input_ids");
        double[] sums = new double[2];
        try (Network network = Network.of(DECODER, NetworkOptions.DEFAULT)) {
            float[] logits = network.run(batch).get("logits").floats();
            for (int sample = 0; sample < 64; sample++) {
                for (int position = 1; position <= SampledTokens.RUNS; position++) {
                    int at = (sample * LENGTH + position - 1) * VOCABULARY;
                    double total = 0;
                    for (int id = 0; id < VOCABULARY; id++) {
                        total += Math.exp(logits[at + id]);
                    }
                    for (int id = 0; id < VOCABULARY; id++) {
                        double log = logits[at + id] - Math.log(total);
                        sums[0] -= id == ids.values().get(sample * LENGTH + position) ? log : 0;
                        sums[1] -= Math.exp(log) * log;
                    }
                }
            }
        }
        return new double[] {sums[0] / (64 * SampledTokens.RUNS), sums[1] / (64 * SampledTokens.RUNS)};
    }

    @Test
    void statisticsComeCloserToThoseOfTextThanWithRandomIds() {
        List<Layer> layers = Layers.survey(DECODER).layers();
        Statistics text = measured(layers, plan -> plan, Optional.of(text()));
        Statistics drawn = measured(layers, plan -> sampled(64, 0, 2), Optional.empty());
        Statistics random = measured(layers, plan -> plan, Optional.empty());
        double ofDrawn = CloseToRealTest.distance(layers, drawn, text);
        double ofRandom = CloseToRealTest.distance(layers, random, text);
        assertTrue(ofDrawn < 0.6 * ofRandom, "%s against %s".formatted(ofDrawn, ofRandom));
    }

    private static Statistics measured(
            List<Layer> layers, UnaryOperator<InputPlan> changed, Optional<RealInputs> real) {
        InputPlan plan = changed.apply(InputPlan.of(DECODER, InputOptions.DEFAULT.withReal(real)));
        try (Measurement measurement =
                StatisticsSources.asFed(graph -> new PlannedFeeds(plan), 2, 0).open(DECODER)) {
            return measurement.measure(layers, List.of());
        }
    }

    private static RealInputs text() {
        float[] ids = numbers("decoder/train.txt");
        float[] ones = new float[ids.length];
        Arrays.fill(ones, 1);
        float[] positions = new float[ids.length];
        for (int i = 0; i < ids.length; i++) {
            positions[i] = i % LENGTH;
        }
        long[] dims = {ids.length / LENGTH, LENGTH};
        return RealInputs.ofArrays(
                "train.txt",
                Map.of(
                        "input_ids", new RealInputs.Samples(ElementType.INT64, dims, ids),
                        "attention_mask", new RealInputs.Samples(ElementType.INT64, dims, ones),
                        "position_ids", new RealInputs.Samples(ElementType.INT64, dims, positions)));
    }

    private static float[] numbers(String file) {
        String[] words = new String(TestData.bytes(file), UTF_8).split("\\s+", -1);
        float[] numbers = new float[words.length - 1]; // the last line ends with a line feed
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = Float.parseFloat(words[i]);
        }
        return numbers;
    }

    @Test
    void aNetworkThatSeesLaterIdsIsNotSampled() {
        assertTrue(sampled(logits("rows")).isPresent());
        assertTrue(sampled(logits("sum")).isEmpty());
    }

    private static Optional<SampledTokens> sampled(Graph graph) {
        return SampledTokens.of(graph, InputPlan.of(graph, InputOptions.DEFAULT.withImages(2)), 0, 1);
    }

    /** Logits computed from the rows of the ids, or from their sum with the mean over all ids, as an encoder has them. */
    private static Graph logits(String from) {
        Random random = new Random(1);
        float[] weights = new float[32 * 8];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        List<Value.Dim> dims = List.of(Value.Dim.dynamic("n"), Value.Dim.dynamic("t"));
        Map<String, Attribute> axis = Map.of("axes", new Attribute.Ints(List.of(1L)));
        return new Graph(
                List.of(
                        Node.of("rows", "Gather", List.of("table", "ids"), List.of("rows"), Map.of()),
                        Node.of("mean", "ReduceMean", List.of("rows"), List.of("mean"), axis),
                        Node.of("sum", "Add", List.of("rows", "mean"), List.of("sum"), Map.of()),
                        Node.of("head", "MatMul", List.of(from, "head"), List.of("logits"), Map.of())),
                List.of(Initializer.ofFloats("table", weights, 32, 8), Initializer.ofFloats("head", weights, 8, 32)),
                List.of(new Value("ids", ElementType.INT64, Optional.of(dims), Optional.empty())),
                List.of(new Value("logits", ElementType.FLOAT, Optional.empty(), Optional.empty())),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }
}
