package lathe.engine.allocate;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import lathe.engine.allocate.LayerTable.Choice;
import lathe.engine.task.LayerConfig;

/**
 * The configurations of least total error whose costs add up to a budget at most, see {@link Knapsack}.
 *
 * @param tables of the layers, those that share their weights in one
 */
public record BudgetAllocator(List<LayerTable> tables) {

    public BudgetAllocator {
        tables = List.copyOf(tables);
    }

    /** The configuration of each layer; empty if even the cheapest exceed the budget. */
    public Optional<Map<String, LayerConfig>> within(double budget) {
        return new Knapsack(column(Choice::cost), column(Choice::error))
                .within(budget)
                .map(chosen -> {
                    Map<String, LayerConfig> configs = new LinkedHashMap<>();
                    for (int i = 0; i < chosen.length; i++) {
                        LayerTable table = tables.get(i);
                        configs.put(
                                table.layer(), table.choices().get(chosen[i]).config());
                    }
                    return configs;
                });
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

    private double sum(Map<String, LayerConfig> configs, ToDoubleFunction<Choice> of) {
        return tables.stream()
                .mapToDouble(table -> table.choices().stream()
                        .filter(choice -> choice.config().equals(configs.get(table.layer())))
                        .mapToDouble(of)
                        .findFirst()
                        .orElseThrow())
                .sum();
    }

    /** The configuration of each layer that loses least, of those that change it; what is left in FP32 gains nothing. */
    public Map<String, LayerConfig> finest() {
        Map<String, LayerConfig> configs = new LinkedHashMap<>();
        for (LayerTable table : tables) {
            table.choices().stream()
                    .filter(choice -> !choice.config().isUnchanged())
                    .min(Comparator.comparingDouble(Choice::error))
                    .ifPresent(choice -> configs.put(table.layer(), choice.config()));
        }
        return configs;
    }

    /** The least that all layers can cost. */
    public double leastCost() {
        return tables.stream()
                .mapToDouble(table ->
                        table.choices().stream().mapToDouble(Choice::cost).min().orElseThrow())
                .sum();
    }
}
