package lathe.engine.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrincipalSolverTest {

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "2, 3", "63, 2", "64, 1", "65, 3", "130, 1", "130, 0"})
    void whatItFindsSolvesTheSystem(int size, int count) {
        GramMatrix gram = Naive.gram(140, 5).damped(0.05);
        int[] inputs = IntStream.range(0, size).map(i -> (i * 37 + 11) % 140).toArray();
        double[] right = Naive.numbers(count * size, 8);
        double[] solved = right.clone();
        try (PrincipalSolver solver = gram.principalSolver(130)) {
            assertTrue(solver.solve(inputs, solved, count));
        }
        for (int row = 0; row < count; row++) {
            for (int j = 0; j < size; j++) {
                double product = 0;
                for (int i = 0; i < size; i++) {
                    product += solved[row * size + i] * gram.at(inputs[i], inputs[j]);
                }
                assertEquals(right[row * size + j], product, 1e-11);
            }
        }
    }

    @Test
    void oneSystemLeavesNoTraceInTheNext() {
        GramMatrix gram = Naive.gram(140, 5).damped(0.05);
        double[] alone = Naive.numbers(70, 8);
        double[] after = alone.clone();
        try (PrincipalSolver solver = gram.principalSolver(140)) {
            solver.solve(Naive.identity(70), alone, 1);
        }
        try (PrincipalSolver solver = gram.principalSolver(140)) {
            solver.solve(Naive.identity(140), Naive.numbers(140, 9), 1);
            solver.solve(Naive.identity(70), after, 1);
        }
        assertArrayEquals(alone, after);
    }

    @ParameterizedTest
    @CsvSource({"5", "80"})
    void leavesTheRightHandSideAloneWhereThereIsNoFactor(int order) {
        GramMatrix zero = GramMatrix.of(order, new double[order * order]);
        double[] right = Naive.numbers(order, 8);
        try (PrincipalSolver solver = zero.principalSolver(order)) {
            assertFalse(solver.solve(Naive.identity(order), right, 1));
        }
        assertArrayEquals(Naive.numbers(order, 8), right);
    }
}
