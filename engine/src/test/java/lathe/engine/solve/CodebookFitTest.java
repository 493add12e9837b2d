package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import lathe.engine.grid.Codebook;
import lathe.engine.grid.CodebookFormat;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.LayerProblem;
import lathe.engine.tensor.WeightMatrix;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class CodebookFitTest {

    private static List<List<LayerProblem>> layers(int count, int seed) {
        List<List<LayerProblem>> layers = new ArrayList<>();
        for (int layer = 0; layer < count; layer++) {
            layers.add(List.of(Problems.withTaps(KernelRoundingTest.problem(60, 24 + 3 * layer, seed + layer), 3)));
        }
        return layers;
    }

    private static CodebookFit started(int tables, List<List<LayerProblem>> layers) {
        CodebookFit fit = new CodebookFit(CodebookFormat.of(tables), 3);
        fit.start(layers.stream().map(fit::sample).toList());
        return fit;
    }

    /** The objective, each layer divided by the energy of its output, with the same choices and scales. */
    private static double error(CodebookFit fit, List<List<LayerProblem>> layers, List<CodebookFit.Choices> choices) {
        double sum = 0;
        for (int layer = 0; layer < layers.size(); layer++) {
            LayerProblem problem = layers.get(layer).get(0);
            KernelRows chosen = choices.get(layer).groups().get(0);
            KernelRows rows = new KernelRows(
                    problem, fit.words(), KernelRows.targets(problem), chosen.found, chosen.scales.clone());
            rows.keepScales();
            sum += Arrays.stream(rows.errors()).sum()
                    / LayerError.of(problem, problem.weights()).energy();
        }
        return sum;
    }

    @Property(tries = 8, seed = "1")
    void aRefitNeverRaisesTheObjective(
            @ForAll @IntRange(min = 1, max = 2) int tables, @ForAll @IntRange(max = 1000) int seed) {
        List<List<LayerProblem>> layers = layers(3, seed);
        CodebookFit fit = started(tables, layers);
        for (int round = 0; round < fit.rounds(); round++) {
            List<CodebookFit.Choices> choices = layers.stream().map(fit::choose).toList();
            double before = error(fit, layers, choices);
            for (int layer = 0; layer < 3; layer++) {
                fit.add(layers.get(layer), choices.get(layer));
            }
            fit.refit();
            double after = error(fit, layers, choices);
            assertTrue(after <= before * (1 + 1e-9), "from %s to %s".formatted(before, after));
        }
    }

    /** 40 kernels in all outputs, but for the scales of these. */
    @Test
    void kernelsThatRepeatAreTheEntries() {
        Random random = new Random(4);
        double[] kernels = random.doubles(40 * 3, -1, 1).toArray();
        LayerProblem inputs = KernelRoundingTest.problem(64, 24, 5);
        float[] weights = new float[64 * 24];
        for (int vector = 0; vector < 64 * 8; vector++) {
            int kernel = random.nextInt(40);
            for (int i = 0; i < 3; i++) {
                weights[vector * 3 + i] = (float) ((1 + vector / 8) * kernels[kernel * 3 + i]);
            }
        }
        LayerProblem problem = Problems.withTaps(Problems.of(new WeightMatrix(64, 24, weights), inputs.gram()), 3);
        double error = LayerError.of(
                        problem,
                        Solver.BEST
                                .of(CodebookFormat.of(1), SolverOptions.DEFAULT)
                                .solve(problem)
                                .weights())
                .relative();
        assertTrue(error < 0.02, "error " + error);
    }

    @Test
    void theSameLayersGiveTheSameCodebook() {
        Codebook one = CodebookFit.of(CodebookFormat.of(2), layers(1, 3).get(0));
        assertEquals(one, CodebookFit.of(CodebookFormat.of(2), layers(1, 3).get(0)));
    }

    /** Fewer vectors than entries. */
    @Test
    void acceptsASmallLayer() {
        LayerProblem small = Problems.withTaps(KernelRoundingTest.problem(2, 24, 3), 3);
        double error = LayerError.of(
                        small,
                        Solver.BEST
                                .of(CodebookFormat.of(1), SolverOptions.DEFAULT)
                                .solve(small)
                                .weights())
                .relative();
        assertTrue(error < 1e-3, "error " + error);
    }
}
