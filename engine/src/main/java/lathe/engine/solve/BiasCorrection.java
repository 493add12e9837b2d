package lathe.engine.solve;

import lathe.engine.layer.LayerProblem;
import lathe.engine.tensor.WeightMatrix;

/** Keeps the mean of each output where it was. */
public final class BiasCorrection {

    private BiasCorrection() {}

    /**
     * (W - Ŵ) E[x]: what to add to the bias.
     *
     * @param compressed Ŵ, of the shape of the problem's weights
     * @return one value per output channel
     */
    public static double[] shift(LayerProblem problem, WeightMatrix compressed) {
        WeightMatrix weights = problem.weights();
        double[] shift = new double[weights.rows()];
        for (int row = 0; row < weights.rows(); row++) {
            for (int col = 0; col < weights.cols(); col++) {
                shift[row] += ((double) weights.at(row, col) - compressed.at(row, col)) * problem.mean()[col];
            }
        }
        return shift;
    }
}
