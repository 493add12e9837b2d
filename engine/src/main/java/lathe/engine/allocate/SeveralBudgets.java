package lathe.engine.allocate;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One choice of each class, of least total loss within several budgets at once. By surrogate relaxation (Glover,
 * Operations Research 16, 1968): each budget has a price, all budgets at their prices are one, and {@link Knapsack} solves
 * that; a budget that the answer exceeds gets dearer. Every answer is repaired until it keeps all budgets, then uses what
 * is left of them, and the best is taken. Where one budget binds and the others follow, this is the answer for it alone.
 *
 * <p>Where each class has a choice that is cheapest in everything, an answer is found if there is one; else it may be
 * missed. {@value #ROUNDS} times the cost of {@link Knapsack} at most.
 */
final class SeveralBudgets {

    private static final int ROUNDS = 24;

    /** The most by which a price changes in a round, as a factor. */
    private static final double STEP = 4;

    private final double[][] losses;

    /** What a choice costs beyond the least of its class, as a share of what is left of the budget beyond the least of all. */
    private final double[][][] shares; // by budget, by class, by choice

    private SeveralBudgets(List<double[][]> costs, double[][] losses, double[] budgets) {
        this.losses = losses;
        this.shares = new double[budgets.length][losses.length][];
        for (int k = 0; k < budgets.length; k++) {
            double left = Math.max(budgets[k] - least(costs.get(k)), Double.MIN_NORMAL);
            for (int i = 0; i < losses.length; i++) {
                double[] row = costs.get(k)[i];
                double least = Arrays.stream(row).min().orElseThrow();
                shares[k][i] = Arrays.stream(row)
                        .map(cost -> Math.min((cost - least) / left, Float.MAX_VALUE)) // sums stay finite
                        .toArray();
            }
        }
    }

    /**
     * The choice of each class.
     *
     * @param costs by budget, by class, by choice: finite, not negative
     * @param losses by class, by choice: finite, not negative
     * @param budgets one or more
     * @return empty if none was found
     */
    static Optional<int[]> within(List<double[][]> costs, double[][] losses, double... budgets) {
        if (budgets.length == 1) {
            return new Knapsack(costs.get(0), losses).within(budgets[0]);
        }
        for (int k = 0; k < budgets.length; k++) {
            if (least(costs.get(k)) > budgets[k]) {
                return Optional.empty();
            }
        }
        return new SeveralBudgets(costs, losses, budgets).best();
    }

    private static double least(double[][] costs) {
        return Arrays.stream(costs)
                .mapToDouble(row -> Arrays.stream(row).min().orElseThrow())
                .sum();
    }

    /** Budgets one by one first, then all together. */
    private Optional<int[]> best() {
        int[] best = null;
        double[] prices = new double[shares.length];
        for (int round = 0; round < shares.length + ROUNDS; round++) {
            if (round <= shares.length) {
                boolean together = round == shares.length;
                Arrays.fill(prices, together ? 1.0 / shares.length : 0);
                prices[Math.min(round, shares.length - 1)] = together ? 1.0 / shares.length : 1;
            }
            int[] chosen = atPrices(prices);
            double[] used = used(chosen);
            boolean kept = excess(used) == 0;
            if (repair(chosen)) {
                improve(chosen);
                best = best == null || loss(chosen) < loss(best) ? chosen : best;
            }
            if (kept) {
                return Optional.of(best);
            }
            if (round >= shares.length) {
                reprice(prices, used, 1.0 / (1 + (round - shares.length) / 4.0));
            }
        }
        return Optional.ofNullable(best);
    }

    private int[] atPrices(double[] prices) {
        double[][] costs = new double[losses.length][];
        for (int i = 0; i < losses.length; i++) {
            costs[i] = new double[losses[i].length];
            for (int choice = 0; choice < costs[i].length; choice++) {
                for (int k = 0; k < shares.length; k++) {
                    costs[i][choice] += prices[k] * shares[k][i][choice];
                }
            }
        }
        double least = least(costs);
        return new Knapsack(costs, losses)
                .within(Math.max(1, least * (1 + 1e-12)))
                .orElseThrow();
    }

    private static void reprice(double[] prices, double[] used, double power) {
        double sum = 0;
        for (int k = 0; k < prices.length; k++) {
            prices[k] *= StrictMath.pow(Math.max(1 / STEP, Math.min(STEP, used[k])), power);
            sum += prices[k];
        }
        for (int k = 0; k < prices.length; k++) {
            prices[k] /= sum;
        }
    }

    /** What is used of each budget, as a share of what is left of it beyond the least. */
    private double[] used(int[] chosen) {
        double[] used = new double[shares.length];
        for (int k = 0; k < used.length; k++) {
            for (int i = 0; i < chosen.length; i++) {
                used[k] += shares[k][i][chosen[i]];
            }
        }
        return used;
    }

    private static double excess(double[] used) {
        return Arrays.stream(used).map(share -> Math.max(0, share - 1)).sum();
    }

    private double loss(int[] chosen) {
        double sum = 0;
        for (int i = 0; i < chosen.length; i++) {
            sum += losses[i][chosen[i]];
        }
        return sum;
    }

    /** Changes single choices, those that lose least for what they bring first, until all budgets are kept; false if none can. */
    private boolean repair(int[] chosen) {
        double[] used = used(chosen);
        while (excess(used) > 0) {
            Change best = null;
            for (int i = 0; i < chosen.length; i++) {
                for (int choice = 0; choice < losses[i].length; choice++) {
                    double[] then = with(used, i, chosen[i], choice);
                    double brings = excess(used) - excess(then);
                    double price = (losses[i][choice] - losses[i][chosen[i]]) / brings;
                    if (brings > 0 && (best == null || price < best.price())) {
                        best = new Change(i, choice, price);
                    }
                }
            }
            if (best == null) {
                return false;
            }
            chosen[best.item()] = best.choice();
            used = used(chosen);
        }
        return true;
    }

    /** Changes single choices, those that save most for what they take first, as long as all budgets are kept. */
    private void improve(int[] chosen) {
        double[] used = used(chosen);
        while (true) {
            Change best = null;
            for (int i = 0; i < chosen.length; i++) {
                for (int choice = 0; choice < losses[i].length; choice++) {
                    double saves = losses[i][chosen[i]] - losses[i][choice];
                    double[] then = with(used, i, chosen[i], choice);
                    double takes = Math.max(
                            0, Arrays.stream(then).sum() - Arrays.stream(used).sum());
                    double price = -saves / takes;
                    if (saves > 0 && excess(then) == 0 && (best == null || price < best.price())) {
                        best = new Change(i, choice, price);
                    }
                }
            }
            if (best == null) {
                return;
            }
            int before = chosen[best.item()];
            chosen[best.item()] = best.choice();
            used = used(chosen);
            if (excess(used) > 0) { // the same sum, rounded otherwise
                chosen[best.item()] = before;
                return;
            }
        }
    }

    /** Another choice of one class; the lower its price, the sooner. */
    private record Change(int item, int choice, double price) {}

    private double[] with(double[] used, int item, int from, int to) {
        double[] then = used.clone();
        for (int k = 0; k < then.length; k++) {
            then[k] += shares[k][item][to] - shares[k][item][from];
        }
        return then;
    }
}
