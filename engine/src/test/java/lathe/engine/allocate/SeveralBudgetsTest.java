package lathe.engine.allocate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SeveralBudgetsTest {

    /** Layers of 2 to 8 bits: every cost in proportion to the bits, every loss a quarter with each bit more. */
    private record Problem(List<double[][]> costs, double[][] losses, double[] budgets) {

        static Problem random(int items, int choices, int budgets, double share, long seed) {
            Random random = new Random(seed);
            double[][] losses = new double[items][choices];
            for (double[] row : losses) {
                double first = random.nextDouble();
                Arrays.setAll(row, choice -> first * Math.pow(4, -choice));
            }
            List<double[][]> costs = new ArrayList<>();
            double[] limits = new double[budgets];
            for (int k = 0; k < budgets; k++) {
                double[][] of = new double[items][choices];
                double least = 0;
                double most = 0;
                for (double[] row : of) {
                    double unit = 1 + 99 * random.nextDouble();
                    Arrays.setAll(row, choice -> unit * (2 + choice));
                    least += row[0];
                    most += row[choices - 1];
                }
                costs.add(of);
                limits[k] = (least + share * (0.5 + random.nextDouble()) * (most - least)) * (1 + 1e-9);
            }
            return new Problem(costs, losses, limits);
        }

        Optional<int[]> solved() {
            return SeveralBudgets.within(costs, losses, budgets);
        }

        boolean keeps(int[] chosen, double tighter) {
            for (int k = 0; k < budgets.length; k++) {
                double least = 0;
                double sum = 0;
                for (int i = 0; i < chosen.length; i++) {
                    least += costs.get(k)[i][0];
                    sum += costs.get(k)[i][chosen[i]];
                }
                if (sum > budgets[k] - tighter * (budgets[k] - least) + 1e-9 * budgets[k]) {
                    return false;
                }
            }
            return true;
        }

        double loss(int[] chosen) {
            double sum = 0;
            for (int i = 0; i < chosen.length; i++) {
                sum += losses[i][chosen[i]];
            }
            return sum;
        }

        /** The least loss of all combinations that keep a part of what is left of the budgets free. */
        double best(int[] chosen, int item, double tighter) {
            if (item == chosen.length) {
                return keeps(chosen, tighter) ? loss(chosen) : Double.POSITIVE_INFINITY;
            }
            double best = Double.POSITIVE_INFINITY;
            for (int choice = 0; choice < losses[item].length; choice++) {
                chosen[item] = choice;
                best = Math.min(best, best(chosen, item + 1, tighter));
            }
            return best;
        }
    }

    @Property(tries = 300, seed = "1")
    void keepsEveryBudgetAndIsNearTheBestOfAllCombinations(
            @ForAll @IntRange(min = 1, max = 5) int items,
            @ForAll @IntRange(min = 1, max = 5) int choices,
            @ForAll @IntRange(min = 1, max = 3) int budgets,
            @ForAll @DoubleRange(min = 0, max = 1) double share,
            @ForAll @IntRange(max = 100_000) int seed) {
        Problem problem = Problem.random(items, choices, budgets, share, seed);
        int[] found = problem.solved().orElseThrow();
        assertTrue(problem.keeps(found, 0));
        double best = problem.best(new int[items], 0, 0);
        assertTrue(problem.loss(found) >= best - 1e-12);
        double tighter = problem.best(new int[items], 0, 0.1);
        assertTrue(
                problem.loss(found) <= tighter + 1e-12,
                () -> "%s loses, %s the best, %s with less".formatted(problem.loss(found), best, tighter));
    }

    /** Two of three budgets have room for everything. */
    @Property(tries = 100, seed = "2")
    void budgetsThatDoNotBindChangeNothing(
            @ForAll @IntRange(min = 1, max = 30) int items, @ForAll @IntRange(max = 100_000) int seed) {
        Problem problem = Problem.random(items, 7, 3, 0.4, seed);
        int[] alone = new Knapsack(problem.costs().get(1), problem.losses())
                .within(problem.budgets()[1])
                .orElseThrow();
        int[] found = SeveralBudgets.within(
                        problem.costs(), problem.losses(), 1e6 * items, problem.budgets()[1], 1e6 * items)
                .orElseThrow();
        assertTrue(problem.loss(found) <= problem.loss(alone) + 1e-12);
    }

    @Test
    void nothingIsWithinLessThanTheLeastOfAnyBudget() {
        List<double[][]> costs = List.of(new double[][] {{3, 5}, {2, 9}}, new double[][] {{1, 2}, {1, 2}});
        double[][] losses = {{1, 0}, {1, 0}};
        assertTrue(SeveralBudgets.within(costs, losses, 14, 1.99).isEmpty());
        assertTrue(SeveralBudgets.within(costs, losses, 4.99, 4).isEmpty());
        assertArrayEquals(
                new int[] {0, 0}, SeveralBudgets.within(costs, losses, 5, 2).orElseThrow());
        assertArrayEquals(
                new int[] {1, 0}, SeveralBudgets.within(costs, losses, 8, 3).orElseThrow());
    }

    /** Each class is cheap in one budget and dear in the other: only a mixture keeps both. */
    @Test
    void findsMixtures() {
        double[][] first = new double[10][];
        double[][] second = new double[10][];
        double[][] losses = new double[10][];
        for (int i = 0; i < 10; i++) {
            first[i] = new double[] {1, 0, 2};
            second[i] = new double[] {0, 1, 2};
            losses[i] = new double[] {1, 1, 0};
        }
        int[] found =
                SeveralBudgets.within(List.of(first, second), losses, 5, 5).orElseThrow();
        assertEquals(5, Arrays.stream(found).filter(choice -> choice == 0).count());
    }
}
