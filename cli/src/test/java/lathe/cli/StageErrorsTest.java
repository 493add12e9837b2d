package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import lathe.engine.grid.WeightFormat;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.pipeline.CompressionOptions;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.prune.NetworkShare;
import lathe.engine.prune.Sparsity;
import lathe.engine.qdq.OrtTarget;
import lathe.engine.report.LayerReport;
import lathe.engine.report.RunProvenance;
import lathe.engine.report.StageError;
import lathe.engine.report.StageError.Stage;
import lathe.engine.solve.Solver;
import lathe.engine.solve.SolverOptions;
import lathe.engine.task.LayerConfig;
import lathe.engine.task.LayerExecutor;
import lathe.precondition.GraphPasses;
import lathe.synth.input.InputOptions;
import lathe.synth.statistics.StatisticsSources;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;

/** What a stage is said to lose is what a run loses that ends there. */
class StageErrorsTest {

    private static final InputOptions INPUTS =
            InputOptions.DEFAULT.withImages(8).withMeanStd(new float[] {0.286f}, new float[] {0.353f});

    private static CompressionOptions options(Optional<WeightFormat> weights, Optional<Sparsity> sparsity) {
        CompressionOptions all = CompressionOptions.DEFAULT;
        return new CompressionOptions(
                new LayerConfig(weights, sparsity, Solver.BEST, SolverOptions.DEFAULT, false),
                OptionalInt.of(2),
                OptionalInt.empty(),
                all.activationRange(),
                List.of(),
                List.of(),
                2,
                all.memory());
    }

    private static List<LayerReport> layers(CompressionOptions options) {
        CompressionPipeline pipeline = new CompressionPipeline(
                List.of(GraphPasses.batchNormFold()),
                List.of(),
                StatisticsSources.synthetic(INPUTS, 2),
                OrtTarget.DEFAULT,
                LayerExecutor.HERE,
                options,
                ProgressListener.NONE);
        return pipeline.run(
                        OnnxReader.read(TestData.bytes("fashion-mobilenet.onnx")),
                        new RunProvenance("", "", Map.of(), ""))
                .report()
                .layers();
    }

    private static Map<Stage, Double> stages(LayerReport layer) {
        Map<Stage, Double> stages = new EnumMap<>(Stage.class);
        layer.stages().forEach(stage -> stages.put(stage.stage(), stage.error()));
        return stages;
    }

    private static void assertSameError(double wanted, Double got, LayerReport layer) {
        assertEquals(wanted, got, 1e-6 * wanted, layer::toString);
    }

    @Test
    void justRoundedIsWhatNearestRoundingGives() {
        CompressionOptions options = options(Optional.of(WeightFormat.perChannel(4)), Optional.empty());
        List<LayerReport> solved = layers(options);
        List<LayerReport> rounded = layers(options.withConfig(options.config().withSolver(Solver.NEAREST_MINMAX)));
        for (int i = 0; i < solved.size(); i++) {
            Map<Stage, Double> stages = stages(solved.get(i));
            assertSameError(stages(rounded.get(i)).get(Stage.SOLVED), stages.get(Stage.ROUNDED), solved.get(i));
            assertTrue(stages.get(Stage.SOLVED) < stages.get(Stage.ROUNDED), solved.get(i)::toString);
        }
    }

    /** Weights do not see what the activations are rounded to. */
    @Test
    void theRoundingOfInputsHasAStageOfItsOwnWhereActivationsAreQuantized() {
        CompressionOptions floats = options(Optional.of(WeightFormat.perChannel(8)), Optional.empty());
        List<LayerReport> fine = layers(floats.withActivationBits(OptionalInt.of(8)));
        List<LayerReport> coarse = layers(floats.withActivationBits(OptionalInt.of(5)));
        boolean seen = false;
        for (int i = 0; i < fine.size(); i++) {
            Double eight = stages(fine.get(i)).get(Stage.INPUT);
            Double five = stages(coarse.get(i)).get(Stage.INPUT);
            assertEquals(eight == null, five == null, fine.get(i)::toString);
            if (eight != null) {
                seen = true;
                assertTrue(five > 8 * eight && five < 200 * eight, eight + " and " + five);
            }
        }
        assertTrue(seen);
        assertTrue(layers(floats).stream().noneMatch(layer -> stages(layer).containsKey(Stage.INPUT)));
    }

    @Test
    void prunedIsWhatPruningAloneGives() {
        Optional<Sparsity> half = Optional.of(new NetworkShare(0.5));
        List<LayerReport> both = layers(options(Optional.of(WeightFormat.perChannel(4)), half));
        List<LayerReport> pruned = layers(options(Optional.empty(), half));
        for (int i = 0; i < both.size(); i++) {
            double wanted = stages(pruned.get(i)).get(Stage.SOLVED);
            assertSameError(wanted, stages(both.get(i)).get(Stage.PRUNED), both.get(i));
            assertEquals(
                    Set.of(Stage.ROUNDED, Stage.PRUNED, Stage.SOLVED),
                    without(Stage.REFINED, stages(both.get(i)).keySet()));
            assertEquals(
                    Set.of(Stage.SOLVED),
                    without(Stage.REFINED, stages(pruned.get(i)).keySet()));
        }
    }

    private static Set<Stage> without(Stage stage, Set<Stage> stages) {
        return stages.stream().filter(other -> other != stage).collect(Collectors.toSet());
    }

    @Test
    void theLastStageIsTheLayersErrorAndRefiningIsListedWhereItWasTaken() {
        List<LayerReport> layers = layers(options(Optional.of(WeightFormat.perChannel(2)), Optional.empty()));
        boolean refined = false;
        for (LayerReport layer : layers) {
            List<StageError> stages = layer.stages();
            assertEquals(layer.error(), stages.get(stages.size() - 1).error(), layer::toString);
            refined |= stages(layer).containsKey(Stage.REFINED);
        }
        assertTrue(refined);
    }
}
