package lathe.engine.allocate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import lathe.engine.layer.Layer;
import lathe.engine.task.LayerConfig;

/**
 * The configurations that a layer may get.
 *
 * @param layer its name
 * @param choices the first is the one that it has
 */
public record LayerTable(String layer, List<Choice> choices) {

    /** Bits of a weight to fall back to, before FP32. */
    private static final int[] WIDER = {4, 8};

    public LayerTable {
        choices = List.copyOf(choices);
        if (choices.isEmpty()) {
            throw new IllegalArgumentException("no configuration of layer '%s'".formatted(layer));
        }
    }

    /**
     * One configuration.
     *
     * @param config the configuration
     * @param error share of the layer's output energy that is lost, measured or predicted
     * @param cost as a {@link CostModel} has it
     */
    public record Choice(LayerConfig config, double error, double cost) {}

    /**
     * A change of one layer to a configuration that costs more.
     *
     * @param error that this takes away, positive
     * @param cost that this adds, positive
     */
    public record Upgrade(String layer, LayerConfig config, double error, double cost) {
        double errorPerCost() {
            return error / cost;
        }
    }

    /** The change that takes most error away for what it adds to the cost; empty if none takes any away. */
    Optional<Upgrade> upgrade(LayerConfig config) {
        Choice now = choice(config);
        return choices.stream()
                .filter(choice -> choice.cost() > now.cost() && choice.error() < now.error())
                .map(choice ->
                        new Upgrade(layer, choice.config(), now.error() - choice.error(), choice.cost() - now.cost()))
                .max(Comparator.comparingDouble(Upgrade::errorPerCost));
    }

    /**
     * The choice of a configuration.
     *
     * @throws java.util.NoSuchElementException if it is in none
     */
    public Choice choice(LayerConfig config) {
        return choices.stream()
                .filter(choice -> choice.config().equals(config))
                .findFirst()
                .orElseThrow();
    }

    /** The same with all errors times a factor. */
    public LayerTable weighted(double factor) {
        return new LayerTable(
                layer,
                choices.stream()
                        .map(choice -> new Choice(choice.config(), factor * choice.error(), choice.cost()))
                        .toList());
    }

    /** The same with only those choices whose configuration is wanted; empty if there is none. */
    Optional<LayerTable> with(Predicate<LayerConfig> wanted) {
        List<Choice> some =
                choices.stream().filter(choice -> wanted.test(choice.config())).toList();
        return some.isEmpty() ? Optional.empty() : Optional.of(new LayerTable(layer, some));
    }

    /**
     * What a layer has, and what it may fall back to: 4 and 8 bits, where these are more, then FP32. More bits bring zeros
     * back in no layer: a pruned one has only FP32 to fall back to. The errors are predicted: each bit more quarters them.
     *
     * @param error with the configuration that it has
     */
    public static LayerTable ofFallbacks(Layer layer, LayerConfig config, double error, CostModel cost) {
        List<Choice> choices = new ArrayList<>(List.of(new Choice(config, error, cost.of(layer, config))));
        for (int bits : WIDER) {
            if (config.sparsity().isEmpty() && bits > config.bits()) {
                LayerConfig wider = config.withBits(bits);
                double left = error * Math.pow(4, config.bits() - bits);
                choices.add(new Choice(wider, left, cost.of(layer, wider)));
            }
        }
        LayerConfig unchanged = config.withFormat(Optional.empty()).withSparsity(Optional.empty());
        choices.add(new Choice(unchanged, 0, cost.of(layer, unchanged)));
        return new LayerTable(layer.name(), choices);
    }
}
