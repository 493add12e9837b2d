package lathe.engine.allocate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class KnapsackTest {

    private static double[][] random(int items, int choices, double most, long seed) {
        Random random = new Random(seed);
        double[][] values = new double[items][choices];
        for (double[] row : values) {
            Arrays.setAll(row, i -> random.nextDouble() * most);
        }
        return values;
    }

    private static double sum(double[][] values, int[] chosen) {
        double sum = 0;
        for (int i = 0; i < chosen.length; i++) {
            sum += values[i][chosen[i]];
        }
        return sum;
    }

    /** The least loss of all combinations within the budget. */
    private static double best(double[][] costs, double[][] losses, int item, double left) {
        if (item == costs.length) {
            return left >= 0 ? 0 : Double.POSITIVE_INFINITY;
        }
        double best = Double.POSITIVE_INFINITY;
        for (int choice = 0; choice < costs[item].length; choice++) {
            if (costs[item][choice] <= left) {
                best = Math.min(best, losses[item][choice] + best(costs, losses, item + 1, left - costs[item][choice]));
            }
        }
        return best;
    }

    @Property(tries = 300, seed = "1")
    void isNearTheBestOfAllCombinations(
            @ForAll @IntRange(min = 1, max = 5) int items,
            @ForAll @IntRange(min = 1, max = 5) int choices,
            @ForAll @DoubleRange(min = 0, max = 1) double share,
            @ForAll @IntRange(max = 100_000) int seed) {
        double[][] costs = random(items, choices, 100, seed);
        double[][] losses = random(items, choices, 1, seed + 1);
        double least = Arrays.stream(costs)
                .mapToDouble(row -> Arrays.stream(row).min().orElseThrow())
                .sum();
        double most = Arrays.stream(costs)
                .mapToDouble(row -> Arrays.stream(row).max().orElseThrow())
                .sum();
        double budget = (least + share * (most - least)) * (1 + 1e-9); // room for rounding
        Optional<int[]> found = new Knapsack(costs, losses).within(budget);
        assertTrue(found.isPresent());
        assertTrue(sum(costs, found.get()) <= budget * (1 + 1e-12));
        double best = best(costs, losses, 0, budget * (1 + 1e-12));
        assertTrue(sum(losses, found.get()) >= best - 1e-12);
        double rounded = best(costs, losses, 0, budget - (budget - least) * items / 10_000);
        assertTrue(sum(losses, found.get()) <= rounded + 1e-12, "the best with each cost rounded up");
    }

    @Test
    void nothingIsWithinLessThanTheLeast() {
        double[][] costs = {{3, 5}, {2, 9}};
        assertTrue(new Knapsack(costs, new double[][] {{1, 0}, {1, 0}})
                .within(4.99)
                .isEmpty());
        int[] cheapest =
                new Knapsack(costs, new double[][] {{1, 0}, {1, 0}}).within(5).orElseThrow();
        assertArrayEquals(new int[] {0, 0}, cheapest);
    }

    /** 30 equal items whose steps save the same for each byte: whatever the budget, it is used. */
    @Test
    void aLargeBudgetGivesTheLeastLossOfAll() {
        double[][] costs = random(30, 7, 1000, 4);
        double[][] losses = random(30, 7, 1, 5);
        int[] found = new Knapsack(costs, losses).within(30_000).orElseThrow();
        double least = Arrays.stream(losses)
                .mapToDouble(row -> Arrays.stream(row).min().orElseThrow())
                .sum();
        assertEquals(least, sum(losses, found), 1e-12);
    }

    /** Rounding 2,000 costs up to ten-thousandths of the budget would take a tenth of it. */
    @Test
    void manySmallItemsAreNoObstacle() {
        double[][] costs = new double[2000][];
        double[][] losses = new double[2000][];
        for (int i = 0; i < costs.length; i++) {
            costs[i] = new double[] {1, 2.1};
            losses[i] = new double[] {1 + i / 1000.0, 0};
        }
        int[] found = new Knapsack(costs, losses).within(3100).orElseThrow();
        assertEquals(1000, Arrays.stream(found).sum());
        assertEquals(0, found[0]);
        assertEquals(1, found[1999]);
    }
}
