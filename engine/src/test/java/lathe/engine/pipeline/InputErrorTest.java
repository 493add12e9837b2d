package lathe.engine.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import lathe.engine.graph.TestGraph;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.KernelLimits;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.task.LayerConfig;
import lathe.engine.task.LayerTask;
import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.api.Test;

/** What the rounding of a layer's input is said to cost, against rounding it. */
class InputErrorTest {

    private static final int INPUTS = 6;
    private static final int OUTPUTS = 4;
    private static final int SAMPLES = 200_000;
    private static final double STEP = 0.25;

    /**
     * The error as reported and as simulated.
     *
     * @param reach inputs are spread evenly from 0 to their own of these
     */
    private static double[] errors(double... reach) {
        Layer layer = Layers.survey(new TestGraph()
                        .weights("w", INPUTS, OUTPUTS)
                        .node("MatMul", "y", "x", "w")
                        .build("y"))
                .layers()
                .get(0);
        WeightMatrix weights = layer.matrices().get(0);
        Random random = new Random(5);
        double[] gram = new double[INPUTS * INPUTS];
        double error = 0;
        double energy = 0;
        double[] x = new double[INPUTS];
        for (int sample = 0; sample < SAMPLES; sample++) {
            for (int i = 0; i < INPUTS; i++) {
                x[i] = reach[i] * random.nextDouble();
            }
            for (int row = 0; row < OUTPUTS; row++) {
                double exact = 0;
                double rounded = 0;
                for (int i = 0; i < INPUTS; i++) {
                    exact += weights.at(row, i) * x[i];
                    rounded += weights.at(row, i) * STEP * Math.rint(x[i] / STEP);
                }
                error += (exact - rounded) * (exact - rounded);
                energy += exact * exact;
            }
            for (int i = 0; i < gram.length; i++) {
                gram[i] += x[i / INPUTS] * x[i % INPUTS] / SAMPLES;
            }
        }
        InputStatistics statistics =
                new InputStatistics(List.of(GramMatrix.of(INPUTS, gram)), List.of(new double[INPUTS]), SAMPLES);
        LayerTask task =
                new LayerTask(layer.problems(statistics), Optional.empty(), LayerConfig.UNCHANGED, Optional.empty());
        LayerSolution solution = LayerSolution.of(
                new SharedLayers(List.of(layer)),
                Map.of(layer.name(), statistics),
                task.config(),
                KernelLimits.none(OUTPUTS),
                task.solve());
        return new double[] {solution.inputError(STEP * STEP / 12), error / energy};
    }

    @Test
    void isWhatRoundingCosts() {
        double[] errors = errors(4, 8, 16, 4, 8, 16);
        assertEquals(errors[1], errors[0], 0.03 * errors[1]);
    }

    /** Five inputs are rounded to 0: each costs its own power, far less than the noise on the large one. */
    @Test
    void anInputBelowTheNoiseCostsNoMoreThanItself() {
        double[] errors = errors(64, 0.01, 0.01, 0.01, 0.01, 0.01);
        assertEquals(errors[1], errors[0], 0.05 * errors[1]);
    }
}
