package lathe.synth.statistics;

import java.util.ArrayList;
import java.util.List;
import lathe.engine.layer.InputStatistics;
import lathe.engine.linalg.GramMatrix;

/**
 * The Gram matrices of many groups with few inputs each, such as those of a depthwise Conv: all groups at once, group
 * by group in the innermost loop, where neighbouring numbers are multiplied and added as vectors. Products are summed
 * in float within a block of positions, in double over blocks. O(positions * groups * columns²) time. Not thread-safe.
 */
final class GroupedGrams {

    /** Most positions in one call of {@link #add}. */
    static final int LARGEST_BLOCK = 256;

    private static final int GROUPS_AT_A_TIME = 256;

    private final int groups;
    private final int columns;
    private final double[] products; // (row, column <= row) x groups
    private final double[] sums; // columns x groups
    private final float[] blockProducts;
    private final float[] blockSums;
    private long count;

    GroupedGrams(int groups, int columns) {
        this.groups = groups;
        this.columns = columns;
        products = new double[columns * (columns + 1) / 2 * groups];
        sums = new double[columns * groups];
        blockProducts = new float[products.length];
        blockSums = new float[sums.length];
    }

    /**
     * Adds a block of positions.
     *
     * @param x positions x columns x groups
     * @param positions at most {@link #LARGEST_BLOCK}
     */
    void add(float[] x, int positions) {
        for (int first = 0; first < groups; first += GROUPS_AT_A_TIME) {
            int length = Math.min(GROUPS_AT_A_TIME, groups - first);
            for (int p = 0; p < positions; p++) {
                addPosition(x, p * columns * groups + first, first, length);
            }
        }
        flush(blockProducts, products);
        flush(blockSums, sums);
        count += positions;
    }

    private void addPosition(float[] x, int start, int first, int length) {
        int pair = first;
        for (int row = 0; row < columns; row++) {
            int a = start + row * groups;
            addTo(blockSums, row * groups + first, x, a, length);
            for (int column = 0; column <= row; column++) {
                addProducts(blockProducts, pair, x, a, start + column * groups, length);
                pair += groups;
            }
        }
    }

    private static void addTo(float[] target, int at, float[] x, int from, int length) {
        for (int i = 0; i < length; i++) {
            target[at + i] += x[from + i];
        }
    }

    private static void addProducts(float[] target, int at, float[] x, int a, int b, int length) {
        for (int i = 0; i < length; i++) {
            target[at + i] += x[a + i] * x[b + i];
        }
    }

    private static void flush(float[] block, double[] total) {
        for (int i = 0; i < total.length; i++) {
            total[i] += block[i];
            block[i] = 0;
        }
    }

    /** Adds all that another has gathered. */
    void merge(GroupedGrams other) {
        for (int i = 0; i < products.length; i++) {
            products[i] += other.products[i];
        }
        for (int i = 0; i < sums.length; i++) {
            sums[i] += other.sums[i];
        }
        count += other.count;
    }

    /** The averages; there must be at least one position. */
    InputStatistics statistics() {
        List<GramMatrix> grams = new ArrayList<>(groups);
        List<double[]> means = new ArrayList<>(groups);
        for (int group = 0; group < groups; group++) {
            double[] gram = new double[columns * columns];
            double[] mean = new double[columns];
            int pair = group;
            for (int row = 0; row < columns; row++) {
                mean[row] = sums[row * groups + group] / count;
                for (int column = 0; column <= row; column++) {
                    gram[row * columns + column] = products[pair] / count;
                    gram[column * columns + row] = gram[row * columns + column];
                    pair += groups;
                }
            }
            grams.add(new GramMatrix(columns, gram));
            means.add(mean);
        }
        return new InputStatistics(grams, means, count);
    }
}
