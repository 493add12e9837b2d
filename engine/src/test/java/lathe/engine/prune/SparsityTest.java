package lathe.engine.prune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SparsityTest {

    private static final float[] ODD = {
        0,
        -0f,
        Float.MIN_VALUE,
        Float.MIN_NORMAL,
        1e-30f,
        1,
        Math.nextUp(1f),
        1e30f,
        Float.MAX_VALUE,
        Float.POSITIVE_INFINITY
    };

    /** Layers with many equal and many odd values. */
    private static List<Saliency> layers(int count, long seed) {
        Random random = new Random(seed);
        List<Saliency> layers = new ArrayList<>();
        for (int layer = 0; layer < count; layer++) {
            int rows = random.nextInt(4);
            int cols = random.nextInt(6);
            float[] values = new float[rows * cols];
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextBoolean() ? random.nextFloat() : ODD[random.nextInt(ODD.length)];
            }
            layers.add(new Saliency(rows, cols, values));
        }
        return layers;
    }

    private static List<Saliency> withRemoved(List<Saliency> layers, List<Mask> masks) {
        List<Saliency> removed = new ArrayList<>();
        for (int layer = 0; layer < layers.size(); layer++) {
            float[] values = layers.get(layer).values().clone();
            for (int i = 0; i < values.length; i++) {
                if (!keeps(masks.get(layer), i)) {
                    values[i] = Saliency.REMOVED;
                }
            }
            removed.add(new Saliency(layers.get(layer).rows(), layers.get(layer).cols(), values));
        }
        return removed;
    }

    private static boolean keeps(Mask mask, int i) {
        return mask.keeps(i / mask.cols(), i % mask.cols());
    }

    /** Sorts, which does not change the order of equal values. */
    private static List<Mask> bySorting(List<Saliency> layers, double share) {
        List<int[]> places = new ArrayList<>();
        List<BitSet> bits = new ArrayList<>();
        for (Saliency layer : layers) {
            for (int i = 0; i < layer.values().length; i++) {
                places.add(new int[] {bits.size(), i});
            }
            BitSet all = new BitSet();
            all.set(0, layer.values().length);
            bits.add(all);
        }
        places.sort(Comparator.comparingDouble(place -> layers.get(place[0]).values()[place[1]] + 0.0));
        places.subList(0, (int) Math.round(share * places.size()))
                .forEach(place -> bits.get(place[0]).clear(place[1]));
        return IntStream.range(0, layers.size())
                .mapToObj(i -> new Mask(layers.get(i).rows(), layers.get(i).cols(), bits.get(i)))
                .toList();
    }

    @Property(tries = 300, seed = "1")
    void networkShareZeroesTheLeastWorthyOfTheWholeNetwork(
            @ForAll @IntRange(max = 5) int count,
            @ForAll @IntRange(max = 10000) int seed,
            @ForAll @DoubleRange(min = 0, max = 1) double share) {
        List<Saliency> layers = layers(count, seed);
        List<Mask> masks = new NetworkShare(share).masks(layers);
        assertEquals(bySorting(layers, share), masks);
        long weights = masks.stream()
                .mapToLong(mask -> mask.remaining() + mask.zeros())
                .sum();
        assertEquals(
                Math.round(share * weights),
                masks.stream().mapToLong(Mask::zeros).sum());
    }

    @Property(tries = 200, seed = "2")
    void layerShareZeroesTheLeastWorthyOfEachLayer(
            @ForAll @IntRange(max = 10000) int seed, @ForAll @DoubleRange(min = 0, max = 1) double share) {
        List<Saliency> layers = layers(3, seed);
        List<Mask> masks = new LayerShare(share).masks(layers);
        for (int layer = 0; layer < 3; layer++) {
            assertEquals(bySorting(List.of(layers.get(layer)), share), List.of(masks.get(layer)));
        }
    }

    @Property(tries = 200, seed = "3")
    void nOfMKeepsTheBestOfEachGroupAndExactlyAsManyAsItSays(
            @ForAll @IntRange(min = 1, max = 5) int m,
            @ForAll @IntRange(max = 5) int wanted,
            @ForAll @IntRange(max = 10000) int seed) {
        int n = Math.min(wanted, m);
        List<Saliency> layers = layers(3, seed);
        List<Mask> masks = new NOfM(n, m).masks(layers);
        for (int layer = 0; layer < 3; layer++) {
            Saliency saliency = layers.get(layer);
            Mask mask = masks.get(layer);
            for (int row = 0; row < mask.rows(); row++) {
                for (int start = 0; start < mask.cols(); start += m) {
                    int end = Math.min(mask.cols(), start + m);
                    int width = end - start;
                    int kept = 0;
                    double leastKept = Double.POSITIVE_INFINITY;
                    double mostLost = 0;
                    for (int col = start; col < end; col++) {
                        double worth = saliency.values()[row * mask.cols() + col];
                        if (mask.keeps(row, col)) {
                            kept++;
                            leastKept = Math.min(leastKept, worth);
                        } else {
                            mostLost = Math.max(mostLost, worth);
                        }
                    }
                    assertEquals((int) Math.ceil((double) n * width / m), kept);
                    assertTrue(mostLost <= leastKept);
                }
            }
        }
    }

    @Property(tries = 200, seed = "4")
    void whatIsGoneStaysGone(
            @ForAll @IntRange(max = 10000) int seed,
            @ForAll @DoubleRange(min = 0, max = 1) double first,
            @ForAll @DoubleRange(min = 0, max = 1) double second) {
        List<Saliency> layers = layers(3, seed);
        List<Mask> masks = new NetworkShare(first).masks(layers);
        List<Saliency> later = withRemoved(layers, masks);
        for (Sparsity sparsity : List.of(new NetworkShare(second), new LayerShare(second), new NOfM(2, 3))) {
            List<Mask> nested = sparsity.masks(later);
            for (int layer = 0; layer < 3; layer++) {
                for (int i = 0; i < later.get(layer).values().length; i++) {
                    assertFalse(keeps(nested.get(layer), i) && !keeps(masks.get(layer), i));
                }
            }
        }
        long gone = masks.stream().mapToLong(Mask::zeros).sum();
        long nested = new NetworkShare(second)
                .masks(later).stream().mapToLong(Mask::zeros).sum();
        long asked = new NetworkShare(second)
                .masks(layers).stream().mapToLong(Mask::zeros).sum();
        assertEquals(Math.max(gone, asked), nested);
    }

    @Test
    void ofEquallyWorthyWeightsTheFirstGo() {
        Saliency equal = new Saliency(2, 2, new float[] {1, 1, 1, 1});
        List<Mask> masks = new NetworkShare(0.625).masks(List.of(equal, equal));
        assertEquals(4, masks.get(0).zeros());
        assertEquals(1, masks.get(1).zeros());
        assertFalse(masks.get(1).keeps(0, 0));
        Mask twoOfFour = new NOfM(1, 2).masks(List.of(equal)).get(0);
        assertFalse(twoOfFour.keeps(0, 0));
        assertTrue(twoOfFour.keeps(0, 1));
    }

    @Property(tries = 100, seed = "5")
    void remainingWeightsBecomeFewerByTheSameFactorInEveryRound(
            @ForAll @DoubleRange(min = 0, max = 0.99) double zeros, @ForAll @IntRange(min = 1, max = 9) int rounds) {
        NetworkShare target = new NetworkShare(zeros);
        double factor = 1 - target.inRound(1, rounds).zeros();
        for (int round = 1; round <= rounds; round++) {
            assertEquals(
                    Math.pow(factor, round), 1 - target.inRound(round, rounds).zeros(), 1e-12);
            assertEquals(
                    target.inRound(round, rounds).zeros(),
                    new LayerShare(zeros).inRound(round, rounds).zeros());
        }
        assertEquals(target, target.inRound(rounds, rounds));
    }

    @Test
    void nOfMComesInWholeWeights() {
        assertEquals(new NOfM(3, 4), new NOfM(2, 4).inRound(1, 2));
        assertEquals(new NOfM(2, 4), new NOfM(2, 4).inRound(2, 2));
        assertEquals(new NOfM(0, 4), new NOfM(0, 4).inRound(1, 3));
    }

    @Test
    void rejectsWhatIsNoShareOrPattern() {
        for (double share : new double[] {-0.1, 1.1, Double.NaN}) {
            assertThrows(IllegalArgumentException.class, () -> new NetworkShare(share));
            assertThrows(IllegalArgumentException.class, () -> new LayerShare(share));
        }
        assertThrows(IllegalArgumentException.class, () -> new NOfM(3, 2));
        assertThrows(IllegalArgumentException.class, () -> new NOfM(-1, 2));
        assertThrows(IllegalArgumentException.class, () -> new NOfM(0, 0));
        assertThrows(IllegalArgumentException.class, () -> new NetworkShare(0.5).inRound(0, 3));
        assertThrows(IllegalArgumentException.class, () -> new NOfM(1, 2).inRound(4, 3));
    }

    @Test
    void aSaliencyIsANumberThatIsNotNegative() {
        assertThrows(IllegalArgumentException.class, () -> new Saliency(1, 1, new float[] {Float.NaN}));
        assertThrows(IllegalArgumentException.class, () -> new Saliency(1, 1, new float[] {-2}));
        assertThrows(IllegalArgumentException.class, () -> new Saliency(1, 2, new float[1]));
    }
}
