package lathe.engine.allocate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import lathe.engine.allocate.LayerTable.Choice;
import lathe.engine.task.LayerConfig;

/**
 * Lets layers fall back, one choice of their table after the other, until the network passes: those steps first that take
 * most error away for what they cost more.
 *
 * <p>The steps have one order, found before the first is taken. Twice as many are tried each time until the network
 * passes, then the fewest that are enough are found by halving, so that a network of n layers is checked O(log n) times.
 *
 * @param maxLayerError steps of layers with a larger error are taken before all others
 */
public record FallbackAllocator(double maxLayerError) implements Allocator {

    /** One layer to its next choice. */
    private record Step(String layer, int place, LayerConfig config, boolean urgent, double gain, double cost) {
        private double gainPerCost() {
            return cost <= 0 ? Double.POSITIVE_INFINITY : gain / cost;
        }
    }

    @Override
    public Optional<Assignment> allocate(Assignment base, List<LayerTable> tables, Check check) {
        List<Step> steps = tables.stream()
                .flatMap(this::steps)
                .sorted(Comparator.comparing((Step step) -> !step.urgent())
                        .thenComparing(
                                Comparator.comparingDouble(Step::gainPerCost).reversed())
                        .thenComparing(Comparator.comparingDouble(Step::gain).reversed()))
                .toList();
        int most = steps.size() - 1; // the last one leaves no layer compressed
        int failed = 0;
        int passed = 0;
        while (passed == 0) {
            if (failed >= most) {
                return Optional.empty();
            }
            int tried = Math.min(2 * failed + 1, most);
            if (check.passes(taken(base, steps, tried))) {
                passed = tried;
            } else {
                failed = tried;
            }
        }
        while (passed - failed > 1) {
            int middle = (failed + passed) / 2;
            if (check.passes(taken(base, steps, middle))) {
                passed = middle;
            } else {
                failed = middle;
            }
        }
        return Optional.of(taken(base, steps, passed));
    }

    private Stream<Step> steps(LayerTable table) {
        List<Step> steps = new ArrayList<>();
        for (int place = 1; place < table.choices().size(); place++) {
            Choice now = table.choices().get(place - 1);
            Choice next = table.choices().get(place);
            boolean urgent = now.error() > maxLayerError;
            double gain = now.error() - next.error();
            steps.add(new Step(table.layer(), place, next.config(), urgent, gain, next.cost() - now.cost()));
        }
        return steps.stream();
    }

    private static Assignment taken(Assignment base, List<Step> steps, int count) {
        Map<String, Step> last = new LinkedHashMap<>();
        steps.subList(0, count)
                .forEach(step ->
                        last.merge(step.layer(), step, (one, other) -> one.place() > other.place() ? one : other));
        Map<String, LayerConfig> configs = new LinkedHashMap<>();
        last.forEach((layer, step) -> configs.put(layer, step.config()));
        return base.with(configs);
    }
}
