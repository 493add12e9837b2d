package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import lathe.engine.grid.Codebook;
import lathe.engine.grid.QuantGrid;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class KernelRoundingTest {

    /** Entries that are random, or all the same from some entry on. */
    static Codewords random(int length, int tables, int distinct, long seed) {
        Random random = new Random(seed);
        double[][] numbers = new double[tables][Codebook.ENTRIES * length];
        for (double[] table : numbers) {
            for (int i = 0; i < distinct * length; i++) {
                table[i] = random.nextGaussian();
            }
        }
        return new Codewords(length, numbers, 1);
    }

    static LayerProblem problem(int rows, int cols, long seed) {
        return Problems.damped(Problems.random(rows, cols, 3 * cols, seed), 0.03);
    }

    /** An entry for each of the codes -7 to 7. */
    @Property(tries = 60, seed = "1")
    void vectorsOfLengthOneAreRoundedAsByGptq(
            @ForAll @IntRange(min = 1, max = 30) int cols, @ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = problem(3, cols, seed);
        QuantGrid grid = QuantGrid.symmetric(4);
        double[] table = new double[Codebook.ENTRIES];
        Arrays.setAll(table, i -> Math.min(7, i - 7));
        Codewords words = new Codewords(1, new double[][] {table}, 1);
        double[] scales = new double[3];
        SlowGptq[] slow = new SlowGptq[3];
        for (int row = 0; row < 3; row++) {
            slow[row] = new SlowGptq(problem, row, grid, cols);
            scales[row] = slow[row].scale(0.7, 0);
        }
        int[] found = KernelRounding.of(problem.gram(), 1).run(problem.weights(), words, scales);
        for (int row = 0; row < 3; row++) {
            double[] expected = slow[row].round(0.7);
            for (int col = 0; col < cols; col++) {
                assertEquals(expected[col], words.at(found[row * cols + col], 0));
            }
        }
    }

    /**
     * A vector is the one of least error if all later ones could still take any values: with those fitted by least squares,
     * no other entry in its place has a smaller error.
     */
    @Property(tries = 40, seed = "1")
    void noOtherVectorLeavesLessToLaterOnes(
            @ForAll @IntRange(min = 2, max = 4) int length,
            @ForAll @IntRange(min = 1, max = 5) int places,
            @ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = problem(1, length * places, seed);
        Codewords words = random(length, 1, 12, seed);
        double[] scales = {0.8};
        int[] found = KernelRounding.of(problem.gram(), length).run(problem.weights(), words, scales);
        int[] order = byTrace(problem.gram(), length);
        for (int step = 0; step < places; step++) {
            double least = leastError(problem, words, found, order, step, scales[0]);
            int chosen = found[order[step]];
            for (int other = 0; other < 12; other++) {
                found[order[step]] = other;
                assertTrue(leastError(problem, words, found, order, step, scales[0]) >= least * (1 - 1e-5));
            }
            found[order[step]] = chosen;
        }
    }

    private static int[] byTrace(GramMatrix gram, int length) {
        double[] traces = new double[gram.order() / length];
        for (int i = 0; i < gram.order(); i++) {
            traces[i / length] += gram.at(i, i);
        }
        return GramMatrix.diagonal(traces).byFallingDiagonal();
    }

    /** The error with the vectors up to a step, and the weights behind free. */
    private static double leastError(
            LayerProblem problem, Codewords words, int[] found, int[] order, int step, double scale) {
        int length = words.length();
        int cols = problem.gram().order();
        boolean[] fixed = new boolean[cols];
        double[] error = new double[cols];
        for (int i = 0; i < (step + 1) * length; i++) {
            int col = order[i / length] * length + i % length;
            fixed[col] = true;
            error[col] = problem.weights().at(0, col) - scale * words.at(found[col / length], col % length);
        }
        int[] free = IntStream.range(0, cols).filter(col -> !fixed[col]).toArray();
        double[][] left = new double[free.length][free.length];
        double[] right = new double[free.length];
        for (int i = 0; i < free.length; i++) {
            for (int j = 0; j < free.length; j++) {
                left[i][j] = problem.gram().at(free[i], free[j]);
            }
            for (int col = 0; col < cols; col++) {
                right[i] -= fixed[col] ? problem.gram().at(free[i], col) * error[col] : 0;
            }
        }
        double[] rest = SlowGptq.solve(left, right);
        for (int i = 0; i < free.length; i++) {
            error[free[i]] = rest[i];
        }
        return problem.gram().energy(error);
    }

    /** Of one table every entry is compared; of two, no entry of the second is better beside that of the first. */
    @Property(tries = 60, seed = "1")
    void theNearestVectorIsFound(
            @ForAll @IntRange(min = 3, max = 9) int length,
            @ForAll @IntRange(min = 1, max = 2) int tables,
            @ForAll @IntRange(max = 1000) int seed) {
        GramMatrix gram = problem(1, length, seed).gram();
        double[] metric = new double[length * length];
        Arrays.setAll(metric, i -> gram.at(i / length, i % length));
        Codewords words = random(length, tables, Codebook.ENTRIES, seed);
        Random random = new Random(seed);
        double[] target = random.doubles(length, -2, 2).toArray();
        double[] p = gram.times(target, 1);
        CodewordSearch search = new CodewordSearch(words, CodewordSearch.columns(words), metric);
        int found = search.nearest(p, 0.7);
        double least = distance(gram, words, found, target, 0.7);
        for (int other = 0; other < Codebook.ENTRIES; other++) {
            int index = tables == 1 ? other : found % Codebook.ENTRIES + Codebook.ENTRIES * other;
            double distance = distance(gram, words, index, target, 0.7);
            assertTrue(distance >= least * (1 - 1e-9));
            double difference = search.cost(index, p, 0.7) - search.cost(found, p, 0.7);
            assertEquals(distance - least, difference, 1e-9 * (1 + distance));
        }
    }

    private static double distance(GramMatrix gram, Codewords words, int index, double[] target, double scale) {
        double[] difference = new double[target.length];
        Arrays.setAll(difference, i -> target[i] - scale * words.at(index, i));
        return gram.energy(difference);
    }
}
