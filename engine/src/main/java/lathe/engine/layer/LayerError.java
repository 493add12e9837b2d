package lathe.engine.layer;

import lathe.engine.tensor.WeightMatrix;

/**
 * What a change of weights costs a layer, on the inputs of its problem.
 *
 * @param lost tr((W-Ŵ) H (W-Ŵ)ᵀ)
 * @param energy tr(W H Wᵀ)
 */
public record LayerError(double lost, double energy) {

    /** Nothing lost of nothing: the start of a sum over groups. */
    public static final LayerError NONE = new LayerError(0, 0);

    /** Measures Ŵ against the problem. O(rows * cols²). */
    public static LayerError of(LayerProblem problem, WeightMatrix changed) {
        double lost = 0;
        double energy = 0;
        for (int row = 0; row < changed.rows(); row++) {
            double[] weights = problem.weights().row(row);
            double[] difference = changed.row(row);
            for (int col = 0; col < difference.length; col++) {
                difference[col] = weights[col] - difference[col];
            }
            lost += problem.gram().energy(difference);
            energy += problem.gram().energy(weights);
        }
        return new LayerError(lost, energy);
    }

    /** Both together. */
    public LayerError plus(LayerError other) {
        return new LayerError(lost + other.lost, energy + other.energy);
    }

    /** The share of the output energy that is lost: 0 where there was none to lose. */
    public double relative() {
        return lost <= 0 ? 0 : lost / energy;
    }
}
