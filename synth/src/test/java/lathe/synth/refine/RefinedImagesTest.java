package lathe.synth.refine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.precondition.GraphPasses;
import lathe.synth.image.Pictures;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.input.SynthKind;
import lathe.synth.network.GraphSlice;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import lathe.synth.network.ValueShapes;
import lathe.synth.statistics.StatisticsSources;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;

class RefinedImagesTest {

    private static final int COUNT = 10;
    private static final InputOptions OPTIONS =
            InputOptions.DEFAULT.withImages(COUNT).withMeanStd(new float[] {0.286f}, new float[] {0.353f});

    private static Graph folded(String file) {
        return GraphPasses.batchNormFold()
                .apply(OnnxReader.read(TestData.bytes(file)))
                .graph();
    }

    private static RefinedImages refined(Graph graph, int steps, int threads) {
        return RefinedImages.of(graph, InputPlan.of(graph, OPTIONS), steps, threads, ProgressListener.NONE);
    }

    @Test
    void getsNearerToTheStatisticsOfTraining() {
        Graph graph = folded("fashion-mobilenet.onnx");
        InputPlan plan = InputPlan.of(graph, OPTIONS);
        double before = loss(graph, plan);
        double after = loss(graph, plan.withPictures(refined(graph, 20, 2)));
        assertTrue(after < 0.7 * before, before + " -> " + after);
    }

    @Test
    void keepsPixelsInTheirRangeAndStartsFromThePlannedImages() {
        Graph graph = folded("fashion-mobilenet.onnx");
        Pictures planned = InputPlan.of(graph, OPTIONS).pictures().orElseThrow();
        RefinedImages images = refined(graph, 2, 2);
        for (int number = 0; number < COUNT; number++) {
            float[] before = planned.image(number);
            float[] after = images.image(number);
            assertFalse(Arrays.equals(before, after));
            for (int i = 0; i < before.length; i++) {
                assertTrue(after[i] >= 0 && after[i] <= 1, "pixel " + after[i]);
                assertEquals(before[i], after[i], 2 * Descent.RATE + 1e-6);
            }
        }
        assertArrayEquals(images.image(0), images.image(COUNT));
    }

    @Test
    void doesNotDependOnTheNumberOfThreads() {
        Graph graph = folded("fashion-resnet.onnx");
        RefinedImages one = refined(graph, 3, 1);
        RefinedImages three = refined(graph, 3, 3);
        IntStream.range(0, COUNT).forEach(number -> assertArrayEquals(one.image(number), three.image(number)));
    }

    @Test
    void tellsOfEveryStep() {
        List<String> told = new ArrayList<>();
        ProgressListener progress = new ProgressListener() {
            @Override
            public void begin(String stage, long steps) {
                told.add(stage + " " + steps);
            }

            @Override
            public synchronized void step() {
                told.add("step");
            }
        };
        Graph graph = folded("fashion-resnet.onnx");
        RefinedImages.of(graph, InputPlan.of(graph, OPTIONS.withImages(2)), 3, 1, progress);
        assertEquals(List.of("refining images 3", "step", "step", "step"), told);
    }

    @Test
    void needsStatistics() {
        Exception e = assertThrows(
                UnsupportedModelException.class, () -> refined(folded("fashion-resnet-folded.onnx"), 1, 1));
        assertEquals("no BatchNormalization statistics in this file", e.getMessage());
    }

    /** The run goes on with plain images, and says so. */
    @Test
    void givesTheReasonWhereImagesStayAsTheyAre() {
        InputOptions options = OPTIONS.withKind(SynthKind.REFINED).withImages(2);
        try (Measurement measurement =
                StatisticsSources.synthetic(options, 1).open(folded("fashion-resnet-folded.onnx"))) {
            String line = measurement.assumptions().get(0);
            assertTrue(line.contains("(not refined: no BatchNormalization statistics in this file)"), line);
        }
    }

    private static double loss(Graph graph, InputPlan plan) {
        Map<String, Tensor> batch = plan.batch(0, COUNT);
        ValueShapes shapes = ValueShapes.of(
                graph,
                Map.of("image", batch.get("image").dims()),
                () -> batch,
                graph.statistics().keySet());
        MomentLoss loss = MomentLoss.of(graph, shapes);
        try (Network network = Network.of(GraphSlice.of(loss.graph(), loss.outputs()), NetworkOptions.DEFAULT)) {
            return loss.value(MeanOutputs.of(COUNT, loss.outputs(), network.run(batch)));
        }
    }
}
