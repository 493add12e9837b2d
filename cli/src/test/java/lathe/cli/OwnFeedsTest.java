package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import lathe.engine.graph.Graph;
import lathe.engine.grid.WeightFormat;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.pipeline.CompressionOptions;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.pipeline.CompressionResult;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.pipeline.StatisticsSource;
import lathe.engine.qdq.OrtTarget;
import lathe.engine.report.RunProvenance;
import lathe.engine.task.LayerExecutor;
import lathe.engine.tensor.ElementType;
import lathe.precondition.GraphPasses;
import lathe.synth.input.Feeds;
import lathe.synth.input.InputOptions;
import lathe.synth.input.RealInputs;
import lathe.synth.network.Tensor;
import lathe.synth.statistics.StatisticsSources;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;

/** Inputs of another making than the library's, through its public types alone. */
class OwnFeedsTest {

    private static final int COUNT = 6;
    private static final int SIZE = 28 * 28;
    private static final Graph GRAPH = OnnxReader.read(TestData.bytes("fashion-resnet.onnx"));

    /** Stripes of a width that differs, with some noise. */
    private record Stripes(String input) implements Feeds {

        @Override
        public int count() {
            return COUNT;
        }

        @Override
        public OptionalInt fixedBatch() {
            return OptionalInt.empty();
        }

        @Override
        public Map<String, Tensor> batch(int from, int count) {
            float[] values = new float[count * SIZE];
            for (int i = 0; i < count; i++) {
                System.arraycopy(sample(from + i), 0, values, i * SIZE, SIZE);
            }
            return Map.of(input, Tensor.of(values, count, 1, 28, 28));
        }

        static float[] sample(int number) {
            SplittableRandom random = new SplittableRandom(number);
            float[] values = new float[SIZE];
            for (int i = 0; i < SIZE; i++) {
                values[i] = (float) (Math.sin(i / (1.0 + number)) + random.nextDouble());
            }
            return values;
        }

        @Override
        public List<String> assumptions() {
            return List.of("stripes");
        }
    }

    private static CompressionResult compressed(StatisticsSource source) {
        CompressionOptions options = CompressionOptions.DEFAULT.withWeights(WeightFormat.perChannel(4));
        CompressionPipeline pipeline = new CompressionPipeline(
                List.of(GraphPasses.batchNormFold()),
                List.of(),
                source,
                OrtTarget.DEFAULT,
                LayerExecutor.HERE,
                options,
                ProgressListener.NONE);
        return pipeline.run(GRAPH, new RunProvenance("test", "", Map.of(), ""));
    }

    /** The same samples, given as real inputs, are read, cut into batches and fed by other code. */
    @Test
    void giveTheBytesThatTheSameSamplesGiveAsRealInputs() {
        CompressionResult own = compressed(StatisticsSources.asFed(graph -> new Stripes("image"), 2, 0));
        RealInputs.Samples samples = new RealInputs.Samples(
                ElementType.FLOAT,
                new long[] {COUNT, 1, 28, 28},
                new Stripes("image").batch(0, COUNT).get("image").floats());
        InputOptions real = InputOptions.DEFAULT.withReal(
                Optional.of(RealInputs.ofArrays("stripes.npz", Map.of("image", samples))));
        CompressionResult given = compressed(StatisticsSources.synthetic(real, 1));
        assertArrayEquals(OnnxWriter.toBytes(given.graph()), OnnxWriter.toBytes(own.graph()));
        assertEquals("stripes", own.report().assumptions().get(0));
    }

    @Test
    void areReCentredWhereThatIsAskedFor() {
        List<String> said = compressed(StatisticsSources.recentred(graph -> new Stripes("image"), 2, 0))
                .report()
                .assumptions();
        assertEquals("stripes", said.get(0));
        assertTrue(said.get(1).startsWith("re-centred on the statistics of"), said::toString);
    }

    @Test
    void thatMissAnInputAreRefused() {
        StatisticsSource source = StatisticsSources.asFed(graph -> new Stripes("picture"), 1, 0);
        String message = assertThrows(IllegalArgumentException.class, () -> compressed(source))
                .getMessage();
        assertTrue(message.contains("'image'"), message);
    }
}
