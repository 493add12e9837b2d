package lathe.engine.allocate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import lathe.engine.allocate.LayerTable.Choice;
import lathe.engine.grid.WeightFormat;
import lathe.engine.task.LayerConfig;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class FallbackAllocatorTest {

    private static final FallbackAllocator ALLOCATOR = new FallbackAllocator(Double.POSITIVE_INFINITY);

    private static final LayerConfig TWO = LayerConfig.of(WeightFormat.perChannel(2));

    /** 2, 4 and 8 bits and FP32: an error that falls by 4 with each bit, a cost of the bits of each weight. */
    private static LayerTable table(String layer, double error, double weights) {
        List<Choice> choices = new ArrayList<>(List.of(new Choice(TWO, error, 2 * weights)));
        for (int bits : new int[] {4, 8}) {
            choices.add(new Choice(TWO.withBits(bits), error * Math.pow(4, 2 - bits), bits * weights));
        }
        choices.add(new Choice(LayerConfig.UNCHANGED, 0, 32 * weights));
        return new LayerTable(layer, choices);
    }

    private static List<LayerTable> tables(int layers, long seed) {
        Random random = new Random(seed);
        List<LayerTable> tables = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            tables.add(table("layer" + i, random.nextDouble(), 1 + random.nextInt(1000)));
        }
        return tables;
    }

    private static Choice chosen(LayerTable table, Assignment assignment) {
        LayerConfig config = assignment.configs().getOrDefault(table.layer(), TWO);
        return table.choices().stream()
                .filter(choice -> choice.config().equals(config))
                .findFirst()
                .orElseThrow();
    }

    private static double error(List<LayerTable> tables, Assignment assignment) {
        return tables.stream()
                .mapToDouble(table -> chosen(table, assignment).error())
                .sum();
    }

    /** Steps taken one by one, always the one that gains most for its cost, until the error is small enough. */
    private static Map<String, LayerConfig> oneByOne(List<LayerTable> tables, double limit) {
        Map<String, Integer> places = new LinkedHashMap<>();
        tables.forEach(table -> places.put(table.layer(), 0));
        while (true) {
            double left = 0;
            double best = 0;
            String next = "";
            for (LayerTable table : tables) {
                int place = places.get(table.layer());
                Choice now = table.choices().get(place);
                left += now.error();
                if (place + 1 < table.choices().size()) {
                    Choice wider = table.choices().get(place + 1);
                    double gain = (now.error() - wider.error()) / (wider.cost() - now.cost());
                    next = gain > best ? table.layer() : next;
                    best = Math.max(best, gain);
                }
            }
            if (left <= limit) {
                Map<String, LayerConfig> configs = new LinkedHashMap<>();
                for (LayerTable table : tables) {
                    if (places.get(table.layer()) > 0) {
                        configs.put(
                                table.layer(),
                                table.choices().get(places.get(table.layer())).config());
                    }
                }
                return configs;
            }
            places.merge(next, 1, Integer::sum);
        }
    }

    @Property
    void takesTheStepsThatOneAfterTheOtherWouldBeTaken(
            @ForAll @IntRange(min = 1, max = 12) int layers,
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 99) int percent) {
        List<LayerTable> tables = tables(layers, seed);
        double limit = percent / 100.0 * error(tables, Assignment.AS_ASKED);
        int[] checks = {0};
        Optional<Assignment> found = ALLOCATOR.allocate(Assignment.AS_ASKED, tables, assignment -> {
            checks[0]++;
            return error(tables, assignment) <= limit;
        });
        assertEquals(oneByOne(tables, limit), found.orElseThrow().configs());
        assertTrue(checks[0] <= 2 * Math.ceil(Math.log(3 * layers) / Math.log(2)) + 1, checks[0] + " checks");
    }

    @Test
    void stepsOfALayerAboveTheLimitComeFirst() {
        List<LayerTable> tables = List.of(table("cheap", 0.1, 1), table("worst", 0.2, 1000));
        Optional<Assignment> any = ALLOCATOR.allocate(Assignment.AS_ASKED, tables, assignment -> true);
        assertEquals(Map.of("cheap", TWO.withBits(4)), any.orElseThrow().configs());
        Optional<Assignment> limited =
                new FallbackAllocator(0.15).allocate(Assignment.AS_ASKED, tables, assignment -> true);
        assertEquals(Map.of("worst", TWO.withBits(4)), limited.orElseThrow().configs());
    }

    @Test
    void neverLeavesEveryLayerUnchanged() {
        List<Map<String, LayerConfig>> tried = new ArrayList<>();
        List<LayerTable> tables = tables(3, 1);
        Optional<Assignment> none = ALLOCATOR.allocate(Assignment.AS_ASKED, tables, assignment -> {
            tried.add(assignment.configs());
            return false;
        });
        assertEquals(Optional.empty(), none);
        assertTrue(tried.stream()
                .noneMatch(configs ->
                        configs.size() == 3 && configs.values().stream().allMatch(LayerConfig::isUnchanged)));
        assertEquals(3, tried.get(tried.size() - 1).size());
    }

    @Test
    void keepsWhatTheBaseHas() {
        Assignment base = Assignment.AS_ASKED.withFloatActivations().with(Map.of("other", LayerConfig.UNCHANGED));
        Assignment found = ALLOCATOR
                .allocate(base, List.of(table("a", 1, 1)), assignment -> true)
                .orElseThrow();
        assertTrue(found.floatActivations());
        assertEquals(Map.of("other", LayerConfig.UNCHANGED, "a", TWO.withBits(4)), found.configs());
    }
}
