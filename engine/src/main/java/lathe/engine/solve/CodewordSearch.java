package lathe.engine.solve;

import lathe.engine.grid.Codebook;

/**
 * Finds the vector c of a codebook that is nearest to a target t in the metric M: of least s² c M cᵀ - 2 s c pᵀ, p = t M, s
 * the scale. Of two tables, the {@value #BEAM} best entries of the first are each joined with the best of the second.
 * O(entries * length) for one table, after O(entries * length²) once. For one thread.
 */
final class CodewordSearch {

    private static final int BEAM = 8;

    private final Codewords words;
    private final double[] metric;
    private final double[][][] columns; // of each table: number i of all entries
    private final double[][] squares; // of each table: c M cᵀ
    private final double[] products; // c M of each entry of the first of two tables
    private final double[] costs = new double[Codebook.ENTRIES];
    private final double[] second = new double[Codebook.ENTRIES];
    private final double[] rest;

    /**
     * Prepares for one metric.
     *
     * @param columns of {@link #columns}
     * @param metric M, length x length, symmetric, row after row
     */
    CodewordSearch(Codewords words, double[][][] columns, double[] metric) {
        this.words = words;
        this.metric = metric;
        this.columns = columns;
        this.rest = new double[words.length()];
        this.squares = new double[columns.length][];
        for (int table = 0; table < columns.length; table++) {
            squares[table] = squares(columns[table]);
        }
        this.products = columns.length == 1 ? new double[0] : products(words.tables()[0]);
    }

    /** The tables, turned so that all entries are compared at once. */
    static double[][][] columns(Codewords words) {
        double[][][] columns = new double[words.tables().length][words.length()][Codebook.ENTRIES];
        for (int table = 0; table < columns.length; table++) {
            for (int i = 0; i < Codebook.ENTRIES * words.length(); i++) {
                columns[table][i % words.length()][i / words.length()] = words.tables()[table][i];
            }
        }
        return columns;
    }

    private double[] products(double[] table) {
        int length = words.length();
        double[] sums = new double[table.length];
        for (int i = 0; i < table.length; i++) {
            for (int j = 0; j < length; j++) {
                sums[i] += metric[i % length * length + j] * table[i / length * length + j];
            }
        }
        return sums;
    }

    private double[] squares(double[][] table) {
        int length = words.length();
        double[] sums = new double[Codebook.ENTRIES];
        for (int i = 0; i < length; i++) {
            for (int j = 0; j < length; j++) {
                addProduct(metric[i * length + j], table[i], table[j], sums);
            }
        }
        return sums;
    }

    private static void addProduct(double factor, double[] a, double[] b, double[] sums) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += factor * a[i] * b[i];
        }
    }

    /**
     * The index of the nearest vector.
     *
     * @param p t M, {@code length} numbers
     */
    int nearest(double[] p, double scale) {
        costs(0, p, scale, costs);
        if (columns.length == 1) {
            return least(costs);
        }
        int best = -1;
        double lowest = Double.POSITIVE_INFINITY;
        for (int tried = 0; tried < BEAM; tried++) {
            int first = least(costs);
            subtract(p, first, scale);
            costs(1, rest, scale, second);
            int other = least(second);
            double cost = costs[first] + second[other];
            if (cost < lowest || best < 0) {
                lowest = cost;
                best = first + Codebook.ENTRIES * other;
            }
            costs[first] = Double.POSITIVE_INFINITY;
        }
        return best;
    }

    /** What a vector costs, up to what all vectors have in common. */
    double cost(int index, double[] p, double scale) {
        int length = words.length();
        double cost = 0;
        for (int i = 0; i < length; i++) {
            double wanted = -2 * p[i];
            for (int j = 0; j < length; j++) {
                wanted += scale * metric[i * length + j] * words.at(index, j);
            }
            cost += scale * words.at(index, i) * wanted;
        }
        return cost;
    }

    private void costs(int table, double[] p, double scale, double[] into) {
        for (int k = 0; k < into.length; k++) {
            into[k] = scale * scale * squares[table][k];
        }
        for (int i = 0; i < p.length; i++) {
            addMultiple(-2 * scale * p[i], columns[table][i], into);
        }
    }

    /** What the second table is to add: p - s a M. */
    private void subtract(double[] p, int entry, double scale) {
        for (int i = 0; i < rest.length; i++) {
            rest[i] = p[i] - scale * products[entry * rest.length + i];
        }
    }

    static void addMultiple(double factor, double[] from, double[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] += factor * from[i];
        }
    }

    static int least(double[] values) {
        int least = 0;
        for (int i = 1; i < values.length; i++) {
            least = values[i] < values[least] ? i : least;
        }
        return least;
    }
}
