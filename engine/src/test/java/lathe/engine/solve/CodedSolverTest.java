package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import lathe.engine.grid.CodedFormat;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodedSolverTest {

    private static LayerSolver solver(double decibels) {
        return Solver.GPTQ.of(new CodedFormat(decibels), SolverOptions.DEFAULT);
    }

    /** With steps far below the weights, rounding errors are spread evenly, and the SNR is the one asked for. */
    @ParameterizedTest
    @ValueSource(doubles = {25, 40, 55})
    void theOutputHasTheSnrAskedFor(double decibels) {
        LayerProblem problem = Problems.random(60, 50, 400, 11);
        QuantizedWeights solved = solver(decibels).solve(problem);
        assertEquals(decibels, LayerError.of(problem, solved.weights()).decibels(), 1);
    }

    @Test
    void allWeightsOfAGroupHaveOneStepWhichIsExactInHalfPrecision() {
        List<LayerProblem> groups = List.of(Problems.random(3, 9, 40, 1), Problems.random(3, 9, 40, 2));
        List<QuantizedWeights> solved = solver(20).solve(groups);
        for (QuantizedWeights group : solved) {
            float step = group.scales()[0];
            assertEquals(
                    1,
                    IntStream.range(0, 3)
                            .mapToObj(row -> group.scales()[row])
                            .distinct()
                            .count());
            assertEquals(0, Float.floatToIntBits(step) & 0x1fff, "bits of the fraction beyond ten");
        }
        assertTrue(solved.get(0).scales()[0] != solved.get(1).scales()[0]);
    }

    /** A weight far out is held, whatever the step would be without it. */
    @Test
    void noWeightIsClipped() {
        Random random = new Random(5);
        float[] weights = new float[40];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        weights[7] = 1e6f;
        LayerProblem inputs = Problems.random(1, 40, 200, 7);
        LayerProblem problem = Problems.of(new WeightMatrix(1, 40, weights), inputs.gram());
        QuantizedWeights solved = solver(100).solve(problem);
        assertEquals(1e6f, solved.weights().at(0, 7), solved.scales()[0]);
        assertEquals(Short.MAX_VALUE, solved.codes()[7], 16);
    }

    @Test
    void aLayerOfZerosStaysOne() {
        LayerProblem problem = Problems.of(
                new WeightMatrix(2, 2, new float[4]),
                Problems.random(1, 2, 9, 1).gram());
        QuantizedWeights solved = solver(20).solve(problem);
        assertArrayEquals(new short[4], solved.codes());
        assertEquals(1, solved.scales()[0]);
    }
}
