package lathe.synth.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import lathe.engine.layer.InputStatistics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GroupedGramsTest {

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "2, 9, 300", "255, 4, 256", "256, 9, 257", "257, 3, 40", "600, 2, 700"})
    void agreesWithThePlainSumInDoubles(int groups, int columns, int positions) {
        float[] x = noise(groups * columns * positions);
        GroupedGrams first = new GroupedGrams(groups, columns);
        GroupedGrams second = new GroupedGrams(groups, columns);
        int size = groups * columns;
        for (int from = 0; from < positions; from += GroupedGrams.LARGEST_BLOCK) {
            int count = Math.min(GroupedGrams.LARGEST_BLOCK, positions - from);
            float[] block = new float[count * size];
            System.arraycopy(x, from * size, block, 0, block.length);
            (from % 512 == 0 ? first : second).add(block, count);
        }
        first.merge(second);
        InputStatistics found = first.statistics();
        assertEquals(positions, found.samples());
        for (int group = 0; group < groups; group++) {
            for (int row = 0; row < columns; row++) {
                double mean = 0;
                for (int p = 0; p < positions; p++) {
                    mean += x[p * size + row * groups + group];
                }
                assertEquals(mean / positions, found.means().get(group)[row], 1e-5);
                for (int column = 0; column < columns; column++) {
                    double product = 0;
                    for (int p = 0; p < positions; p++) {
                        product += (double) x[p * size + row * groups + group] * x[p * size + column * groups + group];
                    }
                    assertEquals(product / positions, found.grams().get(group).at(row, column), 1e-5);
                }
            }
        }
    }

    /** Sums of squares in float would keep 4 of the 5 digits that the mean has. */
    @Test
    void numbersFarFromZeroKeepTheirVariance() {
        SplittableRandom random = new SplittableRandom(1);
        int positions = GroupedGrams.LARGEST_BLOCK;
        float[] x = new float[2 * positions];
        double mean = 0;
        double squares = 0;
        for (int i = 0; i < x.length; i += 2) {
            x[i] = (float) random.nextDouble(999.98, 1000.02);
            x[i + 1] = x[i] / 2;
            mean += x[i] / (double) positions;
            squares += (double) x[i] * x[i] / positions;
        }
        GroupedGrams grams = new GroupedGrams(2, 1);
        grams.add(x, positions);
        InputStatistics found = grams.statistics();
        double variance = squares - mean * mean;
        double foundMean = found.means().get(0)[0];
        assertEquals(variance, found.grams().get(0).at(0, 0) - foundMean * foundMean, 0.01 * variance);
    }

    /** The variance of each entry over the parts, worked out by itself. */
    @Test
    void shrinkageIsTheVarianceOfTheEntriesOverTheirSquares() {
        int parts = 5;
        int positions = 20;
        int columns = 3;
        float[] x = noise(parts * positions * columns);
        GroupedGrams total = new GroupedGrams(1, columns);
        double[][] entries = new double[parts][columns * columns];
        double[] mean = new double[columns * columns];
        for (int part = 0; part < parts; part++) {
            float[] own = new float[positions * columns];
            System.arraycopy(x, part * own.length, own, 0, own.length);
            GroupedGrams grams = new GroupedGrams(1, columns);
            grams.add(own, positions);
            total.merge(grams);
            for (int p = 0; p < positions; p++) {
                for (int i = 0; i < mean.length; i++) {
                    double product = (double) own[p * columns + i / columns] * own[p * columns + i % columns];
                    entries[part][i] += product / positions;
                    mean[i] += product / positions / parts;
                }
            }
        }
        double variance = 0;
        double square = 0;
        for (int i = 0; i < mean.length; i++) {
            if (i / columns != i % columns) {
                square += mean[i] * mean[i];
                for (double[] part : entries) {
                    variance += Math.pow(part[i] - mean[i], 2) / parts / (parts - 1);
                }
            }
        }
        double found = total.statistics().grams().get(0).shrinkage();
        assertEquals(variance / square, found, 1e-3 * found);
    }

    private static float[] noise(int count) {
        SplittableRandom random = new SplittableRandom(count);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(-1, 3);
        }
        return values;
    }
}
