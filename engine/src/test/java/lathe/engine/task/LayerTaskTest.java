package lathe.engine.task;

import static lathe.engine.task.PlainDataTest.sent;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import lathe.engine.grid.PairBound;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.prune.LayerShare;
import lathe.engine.prune.PrunedWeights;
import lathe.engine.prune.Pruning;
import lathe.engine.report.StageError.Stage;
import lathe.engine.task.LayerTask.TwoSidedStart;
import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LayerTaskTest {

    private static final int INPUTS = 6;
    private static final int OUTPUTS = 4;

    private static GramMatrix gram(int order, Random random) {
        double[][] factor = new double[order][order];
        for (double[] row : factor) {
            for (int i = 0; i < order; i++) {
                row[i] = random.nextGaussian();
            }
        }
        double[] values = new double[order * order];
        for (int i = 0; i < values.length; i++) {
            for (double[] row : factor) {
                values[i] += row[i / order] * row[i % order];
            }
        }
        return GramMatrix.of(order, values).withShrinkage(0.2);
    }

    private static LayerProblem problem(PairBound pairs) {
        Random random = new Random(5);
        float[] weights = new float[OUTPUTS * INPUTS];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        double[] mean = random.doubles(INPUTS).toArray();
        return new LayerProblem(
                "a",
                new WeightMatrix(OUTPUTS, INPUTS, weights),
                2,
                gram(INPUTS, random),
                mean,
                new double[] {0, 1e-3, 0, 0},
                pairs,
                false);
    }

    private static LayerTask task(LayerConfig config) {
        return new LayerTask(List.of(problem(PairBound.NONE)), Optional.empty(), config, Optional.empty());
    }

    static Stream<LayerTask> tasks() {
        LayerConfig four = LayerConfig.of(WeightFormat.perChannel(4));
        List<LayerProblem> problems = List.of(problem(PairBound.NONE));
        Pruning half = new Pruning(new LayerShare(0.5));
        LayerTask plain = task(four);
        return Stream.of(
                plain,
                task(LayerConfig.UNCHANGED),
                task(LayerConfig.of(WeightFormat.perChannel(3).asymmetric().perBlock(2))),
                new LayerTask(
                        List.of(problem(new PairBound(INPUTS, 2, 128))),
                        Optional.empty(),
                        LayerConfig.of(WeightFormat.perChannel(8)),
                        Optional.empty()),
                new LayerTask(
                        problems,
                        Optional.of(List.of(half.fit(
                                problems.get(0),
                                half.masks(
                                                List.of(half.saliency(
                                                        problems.get(0),
                                                        PrunedWeights.all(
                                                                problems.get(0).weights()),
                                                        1)),
                                                1,
                                                1)
                                        .get(0)))),
                        four,
                        Optional.empty()),
                new LayerTask(
                        problems,
                        Optional.empty(),
                        four,
                        Optional.of(new TwoSidedStart(plain.solve(), gram(OUTPUTS, new Random(6))))));
    }

    /** What an executor elsewhere would do: write the task, read it, solve it, and send the result back. */
    @ParameterizedTest
    @MethodSource("tasks")
    void hasTheSameResultOnceWrittenAndRead(LayerTask task) {
        LayerResult here = LayerExecutor.HERE.run(task);
        LayerTask read = sent(task);
        LayerResult there = sent(read.solve());
        assertEquals(here.groups().size(), there.groups().size());
        for (int group = 0; group < here.groups().size(); group++) {
            assertArrayEquals(
                    here.groups().get(group).weights().rows(0, OUTPUTS),
                    there.groups().get(group).weights().rows(0, OUTPUTS));
        }
        assertArrayEquals(here.moments().error(), there.moments().error());
        assertEquals(here.before(), there.before());
        assertEquals(task.config(), read.config());
    }

    @Test
    void theTwoSidedStepStartsFromTheCodesItIsGiven() {
        LayerTask weighted = tasks().toList().get(5);
        double[] before = task(weighted.config()).solve().moments().error();
        double[] after = weighted.solve().moments().error();
        assertTrue(Stream.of(before, after).map(List::of).distinct().count() == 2);
    }

    /** What the bias takes costs nothing, so deviations from the mean can be kept smaller. */
    @Test
    void whereErrorsAreCentredLessOfTheVarianceIsLost() {
        Random random = new Random(3);
        double[] mean = random.doubles(INPUTS, 1, 3).toArray();
        GramMatrix covariance = gram(INPUTS, random);
        double[] values = new double[INPUTS * INPUTS];
        for (int i = 0; i < values.length; i++) {
            values[i] = covariance.at(i / INPUTS, i % INPUTS) + mean[i / INPUTS] * mean[i % INPUTS];
        }
        LayerProblem all = new LayerProblem(
                "a", problem(PairBound.NONE).weights(), GramMatrix.of(INPUTS, values), mean, new double[OUTPUTS]);
        LayerProblem centred = all.withCentredErrors(true);
        LayerConfig two = LayerConfig.of(WeightFormat.perChannel(2));
        double[] lost = Stream.of(all, centred)
                .map(problem -> new LayerTask(List.of(problem), Optional.empty(), two, Optional.empty()).solve())
                .mapToDouble(result ->
                        LayerError.of(centred, result.groups().get(0).weights()).error())
                .toArray();
        assertTrue(lost[1] < 0.9 * lost[0], lost[1] + " of " + lost[0]);
    }

    @Test
    void saysWhatEarlierStagesWouldLose() {
        List<LayerTask> tasks = tasks().toList();
        assertEquals(List.of(), tasks.get(1).solve().before());
        assertEquals(
                List.of(Stage.ROUNDED, Stage.PRUNED),
                tasks.get(4).solve().before().stream()
                        .map(stage -> stage.stage())
                        .toList());
    }
}
