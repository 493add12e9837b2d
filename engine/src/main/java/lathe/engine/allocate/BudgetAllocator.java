package lathe.engine.allocate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import lathe.engine.allocate.LayerTable.Choice;
import lathe.engine.allocate.LayerTable.Upgrade;
import lathe.engine.task.LayerConfig;

/**
 * The configurations of least total error whose costs add up to a budget at most, and that keep the limits on other
 * costs, see {@link Knapsack} and {@link SeveralBudgets}.
 *
 * @param tables of the layers, those that share their weights in one
 * @param limits on costs besides that of the tables
 */
public record BudgetAllocator(List<LayerTable> tables, List<Limit> limits) {

    public BudgetAllocator {
        tables = List.copyOf(tables);
        limits = List.copyOf(limits);
    }

    /** An allocator that limits nothing but the cost of the tables. */
    public BudgetAllocator(List<LayerTable> tables) {
        this(tables, List.of());
    }

    /** The configuration of each layer; empty if even the cheapest exceed the budget, or a limit. */
    public Optional<Map<String, LayerConfig>> within(double budget) {
        List<double[][]> costs = new ArrayList<>();
        costs.add(column(Choice::cost));
        costs.addAll(limitCosts());
        return solved(costs, column(Choice::error), DoubleStream.concat(DoubleStream.of(budget), mosts()));
    }

    private Optional<Map<String, LayerConfig>> solved(List<double[][]> costs, double[][] losses, DoubleStream budgets) {
        return SeveralBudgets.within(costs, losses, budgets.toArray()).map(chosen -> {
            Map<String, LayerConfig> configs = new LinkedHashMap<>();
            for (int i = 0; i < chosen.length; i++) {
                LayerTable table = tables.get(i);
                configs.put(table.layer(), table.choices().get(chosen[i]).config());
            }
            return configs;
        });
    }

    private List<double[][]> limitCosts() {
        return limits.stream()
                .map(limit -> tables.stream()
                        .map(table -> table.choices().stream()
                                .mapToDouble(choice -> limit.cost(table.layer(), choice.config()))
                                .toArray())
                        .toArray(double[][]::new))
                .toList();
    }

    private DoubleStream mosts() {
        return limits.stream().mapToDouble(Limit::most);
    }

    private double[][] column(ToDoubleFunction<Choice> of) {
        return tables.stream()
                .map(table -> table.choices().stream().mapToDouble(of).toArray())
                .toArray(double[][]::new);
    }

    /** What the layers cost with these configurations, which are in the tables. */
    public double cost(Map<String, LayerConfig> configs) {
        return sum(configs, Choice::cost);
    }

    /** The sum of the layers' errors with these configurations, which are in the tables. */
    public double error(Map<String, LayerConfig> configs) {
        return sum(configs, Choice::error);
    }

    /**
     * What more of the budget would be spent on, beyond these configurations, which are in the tables: the best change of
     * each layer, those first that take most error away for what they add to the cost.
     */
    public List<Upgrade> upgrades(Map<String, LayerConfig> configs) {
        return tables.stream()
                .flatMap(table -> table.upgrade(configs.get(table.layer())).stream())
                .sorted(Comparator.comparingDouble(Upgrade::errorPerCost).reversed())
                .toList();
    }

    private double sum(Map<String, LayerConfig> configs, ToDoubleFunction<Choice> of) {
        return tables.stream()
                .mapToDouble(table -> of.applyAsDouble(table.choice(configs.get(table.layer()))))
                .sum();
    }

    /**
     * The configurations that lose least within the limits, of those that change a layer: what is left in FP32 gains
     * nothing.
     *
     * @throws java.util.NoSuchElementException if the limits leave none
     */
    public Map<String, LayerConfig> finest() {
        BudgetAllocator changing = with(config -> !config.isUnchanged());
        if (!limits.isEmpty()) {
            return changing.withoutSingleBits()
                    .finestWithinLimits()
                    .or(changing::finestWithinLimits)
                    .orElseThrow();
        }
        Map<String, LayerConfig> configs = new LinkedHashMap<>();
        for (LayerTable table : changing.tables()) {
            table.choices().stream()
                    .min(Comparator.comparingDouble(Choice::error))
                    .ifPresent(choice -> configs.put(table.layer(), choice.config()));
        }
        return configs;
    }

    private Optional<Map<String, LayerConfig>> finestWithinLimits() {
        return solved(limitCosts(), column(Choice::error), mosts());
    }

    /**
     * The same without weights of 1 bit. They lose so much of a layer that losses of layers no longer add up, and are worth
     * it only where nothing else is within a budget: ResNet-20 within 98.5 kB has 11.1 dB with some of them, 11.7 without.
     */
    BudgetAllocator withoutSingleBits() {
        return with(config -> config.bits() > 1);
    }

    private BudgetAllocator with(Predicate<LayerConfig> wanted) {
        return new BudgetAllocator(
                tables.stream().flatMap(table -> table.with(wanted).stream()).toList(), limits);
    }

    /** The configurations of least cost within the limits; empty if these leave none. */
    public Optional<Map<String, LayerConfig>> least() {
        return limits.isEmpty() ? within(leastCost()) : solved(limitCosts(), column(Choice::cost), mosts());
    }

    /** The least that all layers can cost. */
    public double leastCost() {
        return tables.stream()
                .mapToDouble(table ->
                        table.choices().stream().mapToDouble(Choice::cost).min().orElseThrow())
                .sum();
    }
}
