package lathe.engine.allocate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The multiple-choice knapsack problem: one choice of each class, of least total loss within a budget. Solved twice, and the
 * better answer taken.
 *
 * <p>By prices (Lagrangian relaxation; Sinha and Zoltners, Operations Research 27, 1979): of each class the lower convex
 * hull of (cost, loss); the steps along all hulls in the order of loss saved per cost, each taken if it fits and the one
 * before it was taken. Off the optimum by less than the one step that splits the budget. By dynamic programming over
 * {@value #BUCKETS} parts of the budget, costs rounded up to them: better where single steps are large, worse where the
 * rounding adds up. O(choices log choices + choices * {@value #BUCKETS}).
 */
public final class Knapsack {

    private static final int BUCKETS = 10_000;

    private final double[][] costs;
    private final double[][] losses;

    /**
     * A problem. Costs and losses are finite and not negative.
     *
     * @param costs by class, by choice
     * @param losses in the same places
     */
    public Knapsack(double[][] costs, double[][] losses) {
        this.costs = costs;
        this.losses = losses;
    }

    /** The choice of each class; empty if even the cheapest exceed the budget. */
    public Optional<int[]> within(double budget) {
        int[] cheapest = new int[costs.length];
        Arrays.setAll(cheapest, i -> hull(i).get(0));
        if (cost(cheapest) > budget) {
            return Optional.empty();
        }
        int[] byPrices = byPrices(cheapest, budget);
        return Optional.of(byProgramming(cheapest, budget)
                .filter(found -> loss(found) < loss(byPrices))
                .orElse(byPrices));
    }

    private double cost(int[] chosen) {
        double sum = 0;
        for (int i = 0; i < chosen.length; i++) {
            sum += costs[i][chosen[i]];
        }
        return sum;
    }

    private double loss(int[] chosen) {
        double sum = 0;
        for (int i = 0; i < chosen.length; i++) {
            sum += losses[i][chosen[i]];
        }
        return sum;
    }

    /** Choices on the lower convex hull of (cost, loss), from the cheapest to the one of least loss. */
    private List<Integer> hull(int i) {
        Integer[] byCost = new Integer[costs[i].length];
        Arrays.setAll(byCost, choice -> choice);
        Arrays.sort(
                byCost,
                Comparator.comparingDouble((Integer choice) -> costs[i][choice])
                        .thenComparingDouble(choice -> losses[i][choice]));
        List<Integer> hull = new ArrayList<>();
        for (int choice : byCost) {
            if (!hull.isEmpty() && losses[i][choice] >= losses[i][hull.get(hull.size() - 1)]) {
                continue;
            }
            while (hull.size() > 1
                    && price(i, hull.get(hull.size() - 2), hull.get(hull.size() - 1))
                            <= price(i, hull.get(hull.size() - 1), choice)) {
                hull.remove(hull.size() - 1);
            }
            hull.add(choice);
        }
        return hull;
    }

    /** Loss saved per cost. */
    private double price(int i, int from, int to) {
        return (losses[i][from] - losses[i][to]) / (costs[i][to] - costs[i][from]);
    }

    private record Step(int item, int place, double price) {}

    private int[] byPrices(int[] cheapest, double budget) {
        List<Step> steps = new ArrayList<>();
        List<List<Integer>> hulls = new ArrayList<>();
        for (int i = 0; i < costs.length; i++) {
            List<Integer> hull = hull(i);
            hulls.add(hull);
            for (int place = 1; place < hull.size(); place++) {
                steps.add(new Step(i, place, price(i, hull.get(place - 1), hull.get(place))));
            }
        }
        steps.sort(Comparator.comparingDouble(step -> -step.price()));
        int[] chosen = cheapest.clone();
        int[] places = new int[chosen.length];
        double spent = cost(chosen);
        for (Step step : steps) {
            int next = hulls.get(step.item()).get(step.place());
            double more = costs[step.item()][next] - costs[step.item()][chosen[step.item()]];
            if (places[step.item()] == step.place() - 1 && spent + more <= budget) {
                chosen[step.item()] = next;
                places[step.item()]++;
                spent += more;
            }
        }
        return chosen;
    }

    /** Costs beyond the cheapest choices, in parts of what is left; empty if nothing is left. */
    private Optional<int[]> byProgramming(int[] cheapest, double budget) {
        double unit = (budget - cost(cheapest)) / BUCKETS;
        if (!(unit > 0)) {
            return Optional.empty();
        }
        double[] least = new double[BUCKETS + 1]; // loss of the classes so far, by parts spent at most
        byte[][] taken = new byte[costs.length][BUCKETS + 1];
        for (int i = 0; i < costs.length; i++) {
            double[] next = new double[BUCKETS + 1];
            Arrays.fill(next, Double.POSITIVE_INFINITY);
            for (int choice = 0; choice < costs[i].length; choice++) {
                double more = Math.ceil(Math.max(0, costs[i][choice] - costs[i][cheapest[i]]) / unit);
                for (int spent = (int) Math.min(more, BUCKETS + 1); spent <= BUCKETS; spent++) {
                    double loss = least[spent - (int) more] + losses[i][choice];
                    if (loss < next[spent]) {
                        next[spent] = loss;
                        taken[i][spent] = (byte) choice;
                    }
                }
            }
            least = next;
        }
        int[] chosen = new int[costs.length];
        int spent = BUCKETS;
        for (int i = costs.length - 1; i >= 0; i--) {
            chosen[i] = taken[i][spent];
            spent -= (int) Math.ceil(Math.max(0, costs[i][chosen[i]] - costs[i][cheapest[i]]) / unit);
        }
        return Optional.of(chosen);
    }
}
