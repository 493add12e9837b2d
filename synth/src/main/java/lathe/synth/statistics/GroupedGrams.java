package lathe.synth.statistics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import lathe.engine.layer.InputStatistics;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.linalg.Shrinkage;

/**
 * The Gram matrices of many groups with few inputs each, such as those of a depthwise Conv: all groups at once, group
 * by group in the innermost loop, where neighbouring numbers are multiplied and added as vectors. Products are summed
 * in float within a block of positions, in double over blocks. Within a block they are taken around the first number of
 * each group, so that the variance of numbers far from zero is not lost. O(positions * groups * columns²) time. Not
 * thread-safe.
 */
final class GroupedGrams {

    /** Most positions in one call of {@link #add}. */
    static final int LARGEST_BLOCK = 256;

    private static final int GROUPS_AT_A_TIME = 256;

    private final int groups;
    private final int columns;
    private final double[] products; // (row, column <= row) x groups
    private final double[] sums; // columns x groups
    private final double[] squares; // of the means of what was merged, off the diagonal, by group
    private int parts;
    private long count;

    GroupedGrams(int groups, int columns) {
        this.groups = groups;
        this.columns = columns;
        products = new double[pairs() * groups];
        sums = new double[columns * groups];
        squares = new double[groups];
    }

    private int pairs() {
        return columns * (columns + 1) / 2;
    }

    /**
     * Adds a block of positions.
     *
     * @param x positions x columns x groups
     * @param positions at most {@link #LARGEST_BLOCK}
     */
    void add(float[] x, int positions) {
        int width = Math.min(GROUPS_AT_A_TIME, groups);
        float[][] inputs = new float[columns][width];
        float[][] blockProducts = new float[pairs()][width];
        float[][] blockSums = new float[columns][width];
        float[] shift = new float[width];
        for (int first = 0; first < groups && positions > 0; first += width) {
            int length = Math.min(width, groups - first);
            System.arraycopy(x, first, shift, 0, length);
            for (int p = 0; p < positions; p++) {
                for (int column = 0; column < columns; column++) {
                    System.arraycopy(x, (p * columns + column) * groups + first, inputs[column], 0, length);
                    subtract(shift, inputs[column]);
                }
                addPosition(inputs, blockSums, blockProducts);
            }
            flush(blockSums, blockProducts, shift, positions, first, length);
        }
        count += positions;
    }

    private void addPosition(float[][] inputs, float[][] blockSums, float[][] blockProducts) {
        int pair = 0;
        for (int row = 0; row < columns; row++) {
            addTo(blockSums[row], inputs[row]);
            for (int column = 0; column <= row; column++) {
                addProducts(blockProducts[pair++], inputs[row], inputs[column]);
            }
        }
    }

    /** One index for all arrays: the compiler makes vector instructions of this and would not of shifted indices. */
    private static void addProducts(float[] target, float[] a, float[] b) {
        for (int i = 0; i < target.length; i++) {
            target[i] += a[i] * b[i];
        }
    }

    private static void addTo(float[] target, float[] a) {
        for (int i = 0; i < target.length; i++) {
            target[i] += a[i];
        }
    }

    private static void subtract(float[] shift, float[] from) {
        for (int i = 0; i < from.length; i++) {
            from[i] -= shift[i];
        }
    }

    /** With y = x - s: Σ x_r x_c = Σ y_r y_c + s (Σ y_r + Σ y_c) + n s². */
    private void flush(
            float[][] blockSums, float[][] blockProducts, float[] shift, int positions, int first, int length) {
        int pair = 0;
        for (int row = 0; row < columns; row++) {
            for (int column = 0; column <= row; column++, pair++) {
                for (int i = 0; i < length; i++) {
                    double s = shift[i];
                    double linear = (double) blockSums[row][i] + blockSums[column][i];
                    products[pair * groups + first + i] += blockProducts[pair][i] + s * (linear + positions * s);
                }
                Arrays.fill(blockProducts[pair], 0);
            }
        }
        for (int row = 0; row < columns; row++) {
            for (int i = 0; i < length; i++) {
                sums[row * groups + first + i] += blockSums[row][i] + (double) positions * shift[i];
            }
            Arrays.fill(blockSums[row], 0);
        }
    }

    /** Adds all that another has gathered of one independent part. */
    void merge(GroupedGrams other) {
        if (other.count > 0) {
            parts++;
            other.addSquares(squares);
        }
        for (int i = 0; i < products.length; i++) {
            products[i] += other.products[i];
        }
        for (int i = 0; i < sums.length; i++) {
            sums[i] += other.sums[i];
        }
        count += other.count;
    }

    /** Adds Σ h_ij² over i != j of each group. */
    private void addSquares(double[] squares) {
        int pair = 0;
        for (int row = 0; row < columns; row++) {
            for (int column = 0; column <= row; column++, pair++) {
                for (int group = 0; group < groups && column < row; group++) {
                    double mean = products[pair * groups + group] / count;
                    squares[group] += 2 * mean * mean;
                }
            }
        }
    }

    /** The averages; there must be at least one position. */
    InputStatistics statistics() {
        List<GramMatrix> grams = new ArrayList<>(groups);
        double[] square = new double[groups];
        addSquares(square);
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
            double variance = parts < 2 ? 0 : (squares[group] / parts - square[group]) / (parts - 1);
            grams.add(GramMatrix.of(columns, gram).withShrinkage(Shrinkage.intensity(variance, square[group])));
            means.add(mean);
        }
        return new InputStatistics(grams, means, count);
    }
}
