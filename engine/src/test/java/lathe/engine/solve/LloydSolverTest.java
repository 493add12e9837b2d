package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import lathe.engine.grid.TableFormat;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LloydSolverTest {

    private static QuantizedWeights solve(TableFormat format, LayerProblem problem) {
        return Solver.GPTQ.of(format, SolverOptions.DEFAULT).solve(problem);
    }

    private static float[] levels(QuantizedWeights solved) {
        return ((TableFormat) solved.format()).levels().byCode();
    }

    private static double error(LayerProblem problem, QuantizedWeights solved) {
        return LayerError.of(problem, solved.weights()).relative();
    }

    /** Inputs that do not correlate: what is left is Lloyd's own problem, and the best levels are means of clusters. */
    @Test
    void levelsOfSeparateClustersAreTheirMeans() {
        Random random = new Random(3);
        float[] centres = {-2, -0.3f, 0.7f, 3};
        float[] weights = new float[400];
        double[] means = new double[4];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = centres[i % 4] + 0.02f * (float) random.nextGaussian();
            means[i % 4] += weights[i] / 100.0;
        }
        double[] ones = new double[weights.length];
        Arrays.fill(ones, 1);
        LayerProblem problem = Problems.of(new WeightMatrix(1, 400, weights), GramMatrix.of(400, diagonal(ones)));
        QuantizedWeights solved = solve(TableFormat.lloyd(2), problem);
        for (int i = 0; i < weights.length; i++) {
            assertEquals(means[i % 4], solved.weights().at(0, i), 1e-3);
        }
    }

    private static double[] diagonal(double[] entries) {
        double[] values = new double[entries.length * entries.length];
        for (int i = 0; i < entries.length; i++) {
            values[i * entries.length + i] = entries[i];
        }
        return values;
    }

    /** Levels are those of the whole layer, scales those of its outputs. */
    @Test
    void findsLevelsThatWeightsWereMadeOf() {
        Random random = new Random(5);
        LayerProblem inputs = Problems.random(1, 40, 200, 7);
        float[] made = {-3, -1.2f, -0.8f, -0.1f, 0.4f, 1, 1.3f, 2.4f};
        float[] weights = new float[24 * 40];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (1 + i / 40) * made[random.nextInt(made.length)];
        }
        LayerProblem problem = Problems.of(new WeightMatrix(24, 40, weights), inputs.gram());
        double fitted = error(problem, solve(TableFormat.lloyd(3), problem));
        double integers = error(problem, solve(TableFormat.midrise(3), problem));
        assertTrue(fitted < 0.2 * integers, fitted + ", mid-rise integers " + integers);
    }

    /** Weights of which some outputs have a long tail on one side. */
    private static LayerProblem skewed(LayerProblem problem) {
        float[] weights = new float[30 * 36];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) Math.expm1(problem.weights().at(i / 36, i % 36));
        }
        return Problems.of(new WeightMatrix(30, 36, weights), problem.gram());
    }

    /** Levels are fitted to codes of a faster solver, so a single layer may lose a little. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5})
    void layersLoseLessThanWithTheLevelsAtTheStart(int bits) {
        TableFormat start = TableFormat.lloyd(bits);
        TableFormat fixed = new TableFormat("start", start.levels(), false, start.sharing(), 0);
        double before = 0;
        double after = 0;
        for (int seed = 0; seed < 20; seed++) {
            LayerProblem problem = skewed(Problems.random(30, 36, 100, seed)).regularized();
            before += error(problem, solve(fixed, problem));
            after += error(problem, solve(start, problem));
        }
        assertTrue(after < before, after + ", at the start " + before);
    }

    @Test
    void groupsOfALayerHaveOneTable() {
        List<LayerProblem> groups =
                List.of(Problems.random(3, 9, 40, 1), Problems.random(3, 9, 40, 2), Problems.random(2, 9, 9, 3));
        List<QuantizedWeights> solved =
                Solver.BEST.of(TableFormat.lloyd(3), SolverOptions.DEFAULT).solve(groups);
        for (QuantizedWeights group : solved) {
            assertArrayEquals(levels(solved.get(0)), levels(group));
        }
    }

    @Test
    void sameProblemGivesTheSameLevels() {
        LayerProblem problem = Problems.random(40, 50, 200, 3);
        float[] first = levels(solve(TableFormat.lloyd(4), problem));
        assertArrayEquals(first, levels(solve(TableFormat.lloyd(4), Problems.random(40, 50, 200, 3))));
    }

    @Test
    void weightsOfOneSignKeepLevelsOfBoth() {
        LayerProblem problem = Problems.row(Problems.diagonal(1, 1, 1, 1, 1), 0.1f, 0.5f, 0.77f, 1f, 0.9f);
        QuantizedWeights solved = solve(TableFormat.lloyd(2), problem);
        assertTrue(
                solved.format().levels().least() < 0 && solved.format().levels().largest() > 0);
        assertTrue(error(problem, solved) < 0.05);
    }
}
