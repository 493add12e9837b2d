package lathe.engine.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShrinkageTest {

    private static final int POSITIONS = 7;

    /** Samples of independent parts: positions of one part share a level, so that they are far from independent. */
    private static float[][] parts(int parts, int order, long seed) {
        Random random = new Random(seed);
        float[][] samples = new float[parts][POSITIONS * order];
        for (float[] part : samples) {
            double level = 1 + random.nextDouble();
            for (int i = 0; i < part.length; i++) {
                part[i] = (float) (level * (1 + i % order % 3) + random.nextGaussian());
            }
        }
        return samples;
    }

    private static double[][] grams(float[][] parts, int order) {
        double[][] grams = new double[parts.length][order * order];
        for (int part = 0; part < parts.length; part++) {
            for (int sample = 0; sample < POSITIONS; sample++) {
                for (int i = 0; i < order; i++) {
                    for (int j = 0; j < order; j++) {
                        grams[part][i * order + j] +=
                                (double) parts[part][sample * order + i] * parts[part][sample * order + j] / POSITIONS;
                    }
                }
            }
        }
        return grams;
    }

    private static double[] mean(double[][] grams) {
        double[] mean = new double[grams[0].length];
        for (double[] gram : grams) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] += gram[i] / grams.length;
            }
        }
        return mean;
    }

    private static double found(float[][] parts, int order, double[] mean) {
        Shrinkage shrinkage = new Shrinkage(order);
        for (int part = 0; part < parts.length; part++) {
            shrinkage.add(part, Shrinkage.products(parts[part], 0, POSITIONS, order, part));
        }
        return shrinkage.of(GramMatrix.of(order, mean));
    }

    /** The variance of each entry worked out by itself. A few vectors of signs a part are near it, not exact. */
    @ParameterizedTest
    @CsvSource({"64, 10", "200, 30", "100, 80"})
    void isTheVarianceOfTheEntriesOverTheirSquares(int count, int order) {
        float[][] parts = parts(count, order, 1);
        double[][] grams = grams(parts, order);
        double[] mean = mean(grams);
        double variance = 0;
        double square = 0;
        for (int i = 0; i < order * order; i++) {
            if (i / order != i % order) {
                square += mean[i] * mean[i];
                for (double[] gram : grams) {
                    variance += Math.pow(gram[i] - mean[i], 2) / count / (count - 1);
                }
            }
        }
        double expected = variance / square;
        assertTrue(expected > 0 && expected < 1);
        assertEquals(expected, found(parts, order, mean), 0.5 * expected);
    }

    @Test
    void moreIndependentPartsNeedLess() {
        double few = found(parts(8, 20, 2), 20, mean(grams(parts(8, 20, 2), 20)));
        double many = found(parts(800, 20, 2), 20, mean(grams(parts(800, 20, 2), 20)));
        assertTrue(many < 0.1 * few, "%s, %s".formatted(many, few));
    }

    @Test
    void equalPartsNeedNone() {
        float[][] part = parts(1, 6, 3);
        float[][] equal = {part[0], part[0], part[0]};
        assertEquals(0, found(equal, 6, mean(grams(equal, 6))), 1e-9);
    }

    @Test
    void onePartTellsNothing() {
        float[][] one = parts(1, 6, 3);
        assertEquals(0, found(one, 6, mean(grams(one, 6))));
    }

    /** Inputs that are independent: all that is off the diagonal is chance. */
    @Test
    void chanceIsShrunkAway() {
        Random random = new Random(4);
        float[][] parts = new float[20][POSITIONS * 40];
        for (float[] part : parts) {
            for (int i = 0; i < part.length; i++) {
                part[i] = (float) random.nextGaussian();
            }
        }
        double found = found(parts, 40, mean(grams(parts, 40)));
        assertTrue(found > 0.6 && found <= 1, "" + found);
    }
}
