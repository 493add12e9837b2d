package lathe.engine.linalg;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/** The Gram matrix of inputs taken as uncorrelated: all but its diagonal is 0. Takes {@code 8 * order} bytes. */
final class DiagonalGramMatrix extends GramMatrix {

    private final double[] diagonal;

    DiagonalGramMatrix(double[] diagonal) {
        super(diagonal.length);
        this.diagonal = diagonal;
    }

    @Override
    public boolean isDiagonal() {
        return true;
    }

    @Override
    public GramMatrix withShrinkage(double intensity) {
        return this;
    }

    @Override
    public double shrinkage() {
        return 0;
    }

    @Override
    public GramMatrix shrunk() {
        return this;
    }

    @Override
    public double at(int i, int j) {
        return i == j ? diagonal[i] : 0;
    }

    @Override
    public void rowInto(int i, double[] row) {
        Arrays.fill(row, 0, order(), 0);
        row[i] = diagonal[i];
    }

    @Override
    public double[] diagonal() {
        return diagonal.clone();
    }

    @Override
    public GramMatrix damped(double amount) {
        return new DiagonalGramMatrix(
                Arrays.stream(diagonal).map(own -> own + amount).toArray());
    }

    @Override
    public GramMatrix centred(double[] mean) {
        return new DiagonalGramMatrix(IntStream.range(0, order())
                .mapToDouble(i -> Math.max(0, diagonal[i] - mean[i] * mean[i]))
                .toArray());
    }

    @Override
    public Optional<GramMatrix> inverse() {
        return inverseDiagonal().map(DiagonalGramMatrix::new);
    }

    @Override
    public Optional<double[]> inverseDiagonal() {
        double[] inverse = Arrays.stream(diagonal).map(own -> 1 / own).toArray();
        boolean positive = Arrays.stream(inverse).allMatch(own -> own > 0 && own < Double.POSITIVE_INFINITY);
        return positive ? Optional.of(inverse) : Optional.empty();
    }

    @Override
    public GramMatrix principal(int[] inputs) {
        return new DiagonalGramMatrix(
                Arrays.stream(inputs).mapToDouble(input -> diagonal[input]).toArray());
    }

    @Override
    double[] values() {
        double[] values = new double[order() * order()];
        for (int i = 0; i < order(); i++) {
            values[i * order() + i] = diagonal[i];
        }
        return values;
    }

    @Override
    void gather(int row, int[] inputs, int from, double[] into) {
        for (int j = from; j < inputs.length; j++) {
            into[j] = at(row, inputs[j]);
        }
    }

    @Override
    public double[] energies(double[] rows, int count) {
        double[] energies = new double[count];
        for (int k = 0; k < count; k++) {
            for (int i = 0; i < order(); i++) {
                double v = rows[k * order() + i];
                energies[k] += v * v * diagonal[i];
            }
        }
        return energies;
    }

    /** Exact, since this costs no more. */
    @Override
    public EnergyBound bound(int rank) {
        return this::energies;
    }

    @Override
    public double[] times(double[] rows, int count) {
        double[] products = new double[count * order()];
        for (int i = 0; i < products.length; i++) {
            products[i] = rows[i] * diagonal[i % order()];
        }
        return products;
    }
}
