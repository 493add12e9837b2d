package lathe.engine.linalg;

/** LAPACK's, in native memory: the one matrix that it takes is the only copy. */
final class NativeFactorization implements Factorization {

    private final NativeMatrix matrix;
    private int order;

    /** Memory for matrices up to an order. */
    NativeFactorization(int largestOrder) {
        this.matrix = NativeMatrix.ofDoubles(largestOrder, largestOrder);
    }

    @Override
    public boolean factor(GramMatrix gram, int[] inputs) {
        order = inputs.length;
        matrix.reshape(order);
        double[] row = new double[order];
        for (int i = 0; i < order; i++) {
            gram.gather(inputs[i], inputs, i, row);
            matrix.putRow(i, i, row);
        }
        return matrix.toCholesky() && pivotsAreFinite(row);
    }

    private boolean pivotsAreFinite(double[] column) {
        for (int j = 0; j < order; j++) {
            matrix.getRow(j, j, column);
            if (!(column[j] < Double.POSITIVE_INFINITY)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void solve(double[] right, int count) {
        if (count == 0) {
            return;
        }
        try (NativeMatrix rows = NativeMatrix.ofDoubles(count, order)) {
            rows.put(right, 0, count * order);
            rows.solveFactored(matrix, count);
            rows.get(right, 0, count * order);
        }
    }

    @Override
    public void invertFactor() {
        matrix.invertFactor();
    }

    @Override
    public void invert() {
        matrix.invertFactored();
    }

    @Override
    public void getColumn(int j, double[] column) {
        matrix.getRow(j, j, column);
    }

    @Override
    public void close() {
        matrix.close();
    }
}
