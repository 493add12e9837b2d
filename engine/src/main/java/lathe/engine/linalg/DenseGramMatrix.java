package lathe.engine.linalg;

import java.util.Arrays;

/**
 * A Gram matrix of which every entry is held, less m mᵀ, then its entries off the diagonal times a factor, those on the
 * diagonal plus an amount.
 */
final class DenseGramMatrix extends GramMatrix {

    private final double[] values;
    private final double[] mean; // m; of length 0 where it is 0
    private final double factor;
    private final double added;
    private final double shrinkage;

    DenseGramMatrix(int order, double[] values) {
        this(order, values, new double[0], 1, 0, 0);
    }

    private DenseGramMatrix(int order, double[] values, double[] mean, double factor, double added, double shrinkage) {
        super(order);
        if ((long) order * order != values.length) {
            throw new IllegalArgumentException("Gram matrix of order %d, %d values".formatted(order, values.length));
        }
        this.values = values;
        this.mean = mean;
        this.factor = factor;
        this.added = added;
        this.shrinkage = shrinkage;
    }

    @Override
    public boolean isDiagonal() {
        return false;
    }

    @Override
    public GramMatrix withShrinkage(double intensity) {
        return new DenseGramMatrix(order(), values, mean, factor, added, intensity);
    }

    @Override
    public double shrinkage() {
        return shrinkage;
    }

    @Override
    public GramMatrix shrunk() {
        return new DenseGramMatrix(order(), values, mean, (1 - shrinkage) * factor, added, 0);
    }

    @Override
    public GramMatrix damped(double amount) {
        return new DenseGramMatrix(order(), values, mean, factor, added + amount, shrinkage);
    }

    /** Of a matrix that was not shrunk, damped or centred before. */
    @Override
    public GramMatrix centred(double[] offset) {
        return new DenseGramMatrix(order(), values, offset, factor, added, shrinkage);
    }

    @Override
    public double at(int i, int j) {
        double value = held(i, j);
        return i == j ? value + added : factor * value;
    }

    private double held(int i, int j) {
        double value = values[i * order() + j];
        return mean.length == 0 ? value : value - mean[i] * mean[j];
    }

    @Override
    public void rowInto(int i, double[] row) {
        for (int j = 0; j < order(); j++) {
            row[j] = factor * held(i, j);
        }
        row[i] = at(i, i);
    }

    @Override
    public double[] diagonal() {
        double[] diagonal = new double[order()];
        Arrays.setAll(diagonal, i -> at(i, i));
        return diagonal;
    }

    @Override
    public GramMatrix principal(int[] inputs) {
        double[] part = new double[inputs.length * inputs.length];
        double[] row = new double[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            gather(inputs[i], inputs, 0, row);
            System.arraycopy(row, 0, part, i * inputs.length, inputs.length);
        }
        return new DenseGramMatrix(inputs.length, part, new double[0], 1, 0, shrinkage);
    }

    @Override
    double[] values() {
        double[] copy = new double[values.length];
        double[] row = new double[order()];
        for (int i = 0; i < order(); i++) {
            rowInto(i, row);
            System.arraycopy(row, 0, copy, i * order(), order());
        }
        return copy;
    }

    @Override
    void gather(int row, int[] inputs, int from, double[] into) {
        for (int j = from; j < inputs.length; j++) {
            into[j] = at(row, inputs[j]);
        }
    }

    @Override
    public double[] energies(double[] rows, int count) {
        double[] energies = Products.energies(values, order(), rows, count);
        if (isPlain()) {
            return energies;
        }
        double[] own = own();
        for (int k = 0; k < count; k++) {
            double ofMean = ofMean(rows, k);
            energies[k] = factor * (energies[k] - ofMean * ofMean);
            for (int i = 0; i < order(); i++) {
                double v = rows[k * order() + i];
                energies[k] += own[i] * v * v;
            }
        }
        return energies;
    }

    @Override
    public EnergyBound bound(int rank) {
        return PivotedBound.of(this, rank);
    }

    @Override
    public double[] times(double[] rows, int count) {
        double[] products = Products.product(rows, count, order(), values, order());
        if (isPlain()) {
            return products;
        }
        double[] own = own();
        for (int k = 0; k < count; k++) {
            double ofMean = ofMean(rows, k);
            for (int i = 0; i < order(); i++) {
                int at = k * order() + i;
                double less = mean.length == 0 ? 0 : ofMean * mean[i];
                products[at] = factor * (products[at] - less) + own[i] * rows[at];
            }
        }
        return products;
    }

    /** v m for one of many row vectors v. */
    private double ofMean(double[] rows, int row) {
        double sum = 0;
        for (int i = 0; i < mean.length; i++) {
            sum += rows[row * order() + i] * mean[i];
        }
        return sum;
    }

    private boolean isPlain() {
        return factor == 1 && added == 0 && mean.length == 0;
    }

    /** What the diagonal has more than the factor times what is held. */
    private double[] own() {
        double[] own = new double[order()];
        Arrays.setAll(own, i -> (1 - factor) * held(i, i) + added);
        return own;
    }
}
