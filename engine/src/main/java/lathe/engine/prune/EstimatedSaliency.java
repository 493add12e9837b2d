package lathe.engine.prune;

import java.util.Arrays;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;

/**
 * Optimal Brain Surgeon's saliency w_j² / [(H_SS)⁻¹]_jj (Hassibi & Stork 1993) with all other remaining weights S
 * adjusted, estimated without a factorization per output channel. 1 / [(H_SS)⁻¹]_jj is the conditional variance of
 * input j given the other remaining inputs; it lies between 1 / [H⁻¹]_jj, where all inputs remain, and H_jj, where none
 * does. The geometric mean of the two is used. O(2 inputs³ / 3). Inputs that are always zero have saliency 0.
 */
final class EstimatedSaliency implements SaliencyMeasure {

    @Override
    public Saliency of(LayerProblem problem, PrunedWeights current, double energy) {
        double[] perSquare = perSquare(problem);
        int rows = current.weights().rows();
        int cols = current.weights().cols();
        float[] values = new float[rows * cols];
        Arrays.fill(values, Saliency.REMOVED);
        for (int row = 0; row < rows; row++) {
            double counts = problem.outputMetric().at(row, row);
            for (int col : current.mask().remaining(row)) {
                double weight = current.weights().at(row, col);
                values[row * cols + col] = Saliency.share(counts * weight * weight * perSquare[col], energy);
            }
        }
        return new Saliency(rows, cols, values);
    }

    private double[] perSquare(LayerProblem problem) {
        GramMatrix gram = problem.regularized().gram();
        double[] seen = problem.gram().diagonal();
        double[] diagonal = gram.diagonal();
        double[] inverse = gram.inverseDiagonal().orElseThrow(() -> Pruning.noGram(problem));
        double[] perSquare = new double[diagonal.length];
        for (int col = 0; col < perSquare.length; col++) {
            perSquare[col] = seen[col] == 0 ? 0 : Math.sqrt(diagonal[col] / inverse[col]);
        }
        return perSquare;
    }

    @Override
    public String name() {
        return "estimated saliency";
    }
}
