package lathe.engine.linalg;

import java.util.Arrays;

/** A Gram matrix of which every entry is held. */
final class DenseGramMatrix extends GramMatrix {

    private final double[] values;

    DenseGramMatrix(int order, double[] values) {
        super(order);
        if ((long) order * order != values.length) {
            throw new IllegalArgumentException("Gram matrix of order %d, %d values".formatted(order, values.length));
        }
        this.values = values;
    }

    @Override
    public boolean isDiagonal() {
        return false;
    }

    @Override
    public double at(int i, int j) {
        return values[i * order() + j];
    }

    @Override
    public void rowInto(int i, double[] row) {
        System.arraycopy(values, i * order(), row, 0, order());
    }

    @Override
    public double[] diagonal() {
        double[] diagonal = new double[order()];
        Arrays.setAll(diagonal, i -> values[i * order() + i]);
        return diagonal;
    }

    @Override
    public GramMatrix damped(double amount) {
        double[] damped = values.clone();
        for (int i = 0; i < order(); i++) {
            damped[i * order() + i] += amount;
        }
        return new DenseGramMatrix(order(), damped);
    }

    @Override
    public GramMatrix principal(int[] inputs) {
        double[] part = new double[inputs.length * inputs.length];
        double[] row = new double[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            gather(inputs[i], inputs, 0, row);
            System.arraycopy(row, 0, part, i * inputs.length, inputs.length);
        }
        return new DenseGramMatrix(inputs.length, part);
    }

    @Override
    double[] values() {
        return values.clone();
    }

    @Override
    void gather(int row, int[] inputs, int from, double[] into) {
        int start = row * order();
        for (int j = from; j < inputs.length; j++) {
            into[j] = values[start + inputs[j]];
        }
    }

    @Override
    public double[] energies(double[] rows, int count) {
        return Products.energies(values, order(), rows, count);
    }

    @Override
    public EnergyBound bound(int rank) {
        return PivotedBound.of(this, rank);
    }

    @Override
    public double[] times(double[] rows, int count) {
        return Products.product(rows, count, order(), values, order());
    }
}
