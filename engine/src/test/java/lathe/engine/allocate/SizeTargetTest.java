package lathe.engine.allocate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import lathe.engine.allocate.LayerTable.Choice;
import lathe.engine.allocate.LayerTable.Upgrade;
import lathe.engine.grid.TableFormat;
import lathe.engine.grid.WeightFormat;
import lathe.engine.task.LayerConfig;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SizeTargetTest {

    private static final long REST = 5000;

    /** 2 to 8 bits and FP32: a damage that falls by 4 with each bit. */
    static List<LayerTable> tables(int layers, long seed) {
        return tables(layers, seed, false);
    }

    /** @param single true for 1 bit, too */
    private static List<LayerTable> tables(int layers, long seed, boolean single) {
        Random random = new Random(seed);
        List<LayerTable> tables = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            double damage = random.nextDouble();
            int weights = 100 + random.nextInt(5000);
            List<Choice> choices = new ArrayList<>();
            if (single) {
                choices.add(new Choice(LayerConfig.of(TableFormat.midrise(1)), 2 * damage, weights / 8.0));
            }
            for (int bits = 2; bits <= 8; bits++) {
                LayerConfig config = LayerConfig.of(WeightFormat.perChannel(bits));
                choices.add(new Choice(config, damage * Math.pow(4, 2 - bits), bits * weights / 8.0));
            }
            choices.add(new Choice(LayerConfig.UNCHANGED, 0, 4.0 * weights));
            tables.add(new LayerTable("layer" + i, choices));
        }
        return tables;
    }

    /** A file whose layers of the same bits share what they need once: 60 bytes. */
    private static SizeTarget target(List<LayerTable> tables) {
        BudgetAllocator allocator = new BudgetAllocator(tables);
        return new SizeTarget(
                allocator,
                configs -> {
                    Set<Integer> bits = new HashSet<>();
                    configs.values().forEach(config -> bits.add(config.bits()));
                    return REST + Math.round(allocator.cost(configs)) + 60L * bits.size();
                },
                SizeTarget.CLOSE);
    }

    @Property(tries = 30, seed = "1")
    void theFileIsNotLargerAndOnlyALittleSmaller(
            @ForAll @IntRange(min = 10, max = 60) int layers,
            @ForAll @IntRange(min = 1, max = 60) int percent,
            @ForAll @IntRange(max = 10_000) int seed) {
        SizeTarget target = target(tables(layers, seed));
        long least = target.fileBytes().applyAsLong(target.least());
        long most = target.fileBytes().applyAsLong(target.allocator().finest());
        long bytes = least + (most - least) * percent / 100;
        long found = target.fileBytes().applyAsLong(target.within(bytes).orElseThrow());
        assertTrue(found <= bytes, found + " of " + bytes);
        long step = 5100 / 8 + 7 * 60; // a bit of the largest layer, and all that is shared
        assertTrue(found >= 0.995 * bytes - step, found + " of " + bytes);
    }

    /** What more bytes are spent on: no single change takes more error away for its bytes. */
    @Property(tries = 30, seed = "1")
    void upgradesAreTheBestSingleChanges(
            @ForAll @IntRange(min = 1, max = 40) int layers,
            @ForAll @IntRange(min = 1, max = 60) int percent,
            @ForAll @IntRange(max = 10_000) int seed) {
        BudgetAllocator allocator = new BudgetAllocator(tables(layers, seed));
        double budget = allocator.leastCost() * (1 + percent / 100.0);
        Map<String, LayerConfig> configs = allocator.within(budget).orElseThrow();
        List<Upgrade> upgrades = allocator.upgrades(configs);
        double best = 0;
        for (LayerTable table : allocator.tables()) {
            Choice now = table.choice(configs.get(table.layer()));
            for (Choice choice : table.choices()) {
                if (choice.cost() > now.cost()) {
                    best = Math.max(best, (now.error() - choice.error()) / (choice.cost() - now.cost()));
                }
            }
        }
        assertEquals(best, upgrades.get(0).error() / upgrades.get(0).cost());
        for (int i = 1; i < upgrades.size(); i++) {
            Upgrade before = upgrades.get(i - 1);
            Upgrade upgrade = upgrades.get(i);
            assertTrue(before.error() / before.cost() >= upgrade.error() / upgrade.cost(), upgrades::toString);
        }
        for (Upgrade upgrade : upgrades) {
            double more = allocator.cost(configs) + upgrade.cost();
            Map<String, LayerConfig> upgraded = new HashMap<>(configs);
            upgraded.put(upgrade.layer(), upgrade.config());
            assertEquals(more, allocator.cost(upgraded), 1e-9 * more);
            assertEquals(allocator.error(configs) - upgrade.error(), allocator.error(upgraded), 1e-9);
        }
    }

    @Test
    void lessThanTheLeastIsNotPossible() {
        SizeTarget target = target(tables(10, 3));
        long least = target.fileBytes().applyAsLong(target.least());
        assertTrue(target.within(least - 1).isEmpty());
        assertEquals(target.least(), target.within(least).orElseThrow());
    }

    /** Even where damages promise more of a mixture. */
    @Test
    void oneBitIsChosenOnlyWhereTwoAreTooMuch() {
        List<LayerTable> tables = tables(10, 3, true);
        SizeTarget all = target(tables);
        SizeTarget wider = target(tables(10, 3));
        long two = wider.fileBytes().applyAsLong(wider.least());
        assertEquals(wider.within(two), all.within(two));
        Map<String, LayerConfig> mixed = all.within(two - 1).orElseThrow();
        assertTrue(all.fileBytes().applyAsLong(mixed) < two);
        assertTrue(mixed.values().stream().anyMatch(config -> config.bits() == 1));
        assertTrue(all.allocator().error(mixed)
                < all.allocator().error(all.within(two).orElseThrow()));
    }

    /** An SNR that the tables give by themselves. */
    private static double decibels(BudgetAllocator allocator, Map<String, LayerConfig> configs) {
        return -10 * Math.log10(allocator.error(configs));
    }

    @Property(tries = 10, seed = "2")
    void theSmallestFileThatKeepsAnSnrKeepsItAndNoMuchSmallerOneDoes(
            @ForAll @IntRange(min = 15, max = 40) int layers,
            @ForAll @IntRange(min = 8, max = 18) int wanted,
            @ForAll @IntRange(max = 10_000) int seed) {
        SizeTarget size = target(tables(layers, seed));
        List<Double> asked = new ArrayList<>();
        SnrTarget target = new SnrTarget(size, configs -> {
            asked.add(decibels(size.allocator(), configs));
            return asked.get(asked.size() - 1);
        });
        Map<String, LayerConfig> found = target.keeping(wanted).orElseThrow();
        assertTrue(decibels(size.allocator(), found) >= wanted);
        assertTrue(asked.size() <= 12, asked.size() + " checks");
        long bytes = size.fileBytes().applyAsLong(found);
        OptionalDouble smaller = size.within((long) (0.97 * bytes) - 5100 / 8).stream()
                .mapToDouble(configs -> decibels(size.allocator(), configs))
                .findFirst();
        assertTrue(smaller.orElse(0) < wanted, "%s dB in 3 %% less".formatted(smaller));
    }

    @Test
    void anSnrThatNoBitsReachIsNotPossible() {
        SizeTarget size = target(tables(10, 3));
        SnrTarget target = new SnrTarget(size, configs -> decibels(size.allocator(), configs));
        assertTrue(target.keeping(99).isEmpty());
    }
}
