package lathe.engine.allocate;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import lathe.engine.allocate.LayerTable.Choice;
import lathe.engine.task.LayerConfig;

/**
 * A cost besides bytes that may not be exceeded. Immutable.
 *
 * @param costs by layer, what each configuration costs beyond the cheapest of the layer
 * @param most that they may add up to
 */
public record Limit(Map<String, Map<LayerConfig, Double>> costs, double most) {

    public Limit {
        costs = Map.copyOf(costs);
    }

    /**
     * Finds the costs of layers by difference: one layer at a time gets each of its configurations, the others keep their
     * first ones.
     *
     * @param whole the cost of the network with these configurations
     * @param most that the network may cost
     */
    public static Limit byDifference(
            List<LayerTable> tables, ToDoubleFunction<Map<String, LayerConfig>> whole, double most) {
        Map<String, LayerConfig> base = new LinkedHashMap<>();
        tables.forEach(table -> base.put(table.layer(), table.choices().get(0).config()));
        double of = whole.applyAsDouble(base);
        double cheapest = of;
        Map<String, Map<LayerConfig, Double>> costs = new HashMap<>();
        for (LayerTable table : tables) {
            Map<LayerConfig, Double> more = new LinkedHashMap<>();
            double least = of;
            for (Choice choice : table.choices()) {
                Map<String, LayerConfig> changed = new LinkedHashMap<>(base);
                changed.put(table.layer(), choice.config());
                double cost = whole.applyAsDouble(changed);
                more.put(choice.config(), cost);
                least = Math.min(least, cost);
            }
            double first = least;
            more.replaceAll((config, cost) -> cost - first);
            costs.put(table.layer(), more);
            cheapest -= of - least;
        }
        return new Limit(costs, most - cheapest);
    }

    /** The same with less, or more, that the network may cost. */
    public Limit with(double more) {
        return new Limit(costs, most + more);
    }

    double cost(String layer, LayerConfig config) {
        return costs.get(layer).get(config);
    }
}
