package lathe.engine.linalg;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.decomposition.TriangularSolver_DDRM;
import org.ejml.dense.row.decomposition.chol.CholeskyDecompositionInner_DDRM;

/** EJML's, in Java. */
final class SmallFactorization implements Factorization {

    private int order;
    private double[] lower; // order x order, zeros above the diagonal

    @Override
    public boolean factor(GramMatrix gram, int[] inputs) {
        order = inputs.length;
        DMatrixRMaj matrix = new DMatrixRMaj(order, order);
        lower = matrix.data;
        double[] row = new double[order];
        for (int i = 0; i < order; i++) {
            gram.gather(inputs[i], inputs, 0, row);
            System.arraycopy(row, 0, lower, i * order, order);
        }
        boolean positive = order == 0 || new CholeskyDecompositionInner_DDRM(true).decompose(matrix);
        return positive && pivotsAreFinite();
    }

    private boolean pivotsAreFinite() {
        for (int i = 0; i < order; i++) {
            double pivot = lower[i * order + i];
            if (!(pivot > 0 && pivot < Double.POSITIVE_INFINITY)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void solve(double[] right, int count) {
        double[] row = new double[order];
        for (int i = 0; i < count; i++) {
            System.arraycopy(right, i * order, row, 0, order);
            TriangularSolver_DDRM.solveL(lower, row, order);
            TriangularSolver_DDRM.solveTranL(lower, row, order);
            System.arraycopy(row, 0, right, i * order, order);
        }
    }

    @Override
    public void invertFactor() {
        TriangularSolver_DDRM.invertLower(lower, order);
    }

    @Override
    public void invert() {
        invertFactor();
        double[] inverse = new double[order * order];
        for (int k = 0; k < order; k++) {
            for (int i = 0; i <= k; i++) {
                double factor = lower[k * order + i];
                for (int j = 0; j <= i; j++) {
                    inverse[i * order + j] += factor * lower[k * order + j];
                }
            }
        }
        lower = inverse;
    }

    @Override
    public void getColumn(int j, double[] column) {
        for (int i = j; i < order; i++) {
            column[i] = lower[i * order + j];
        }
    }

    @Override
    public void close() {}
}
