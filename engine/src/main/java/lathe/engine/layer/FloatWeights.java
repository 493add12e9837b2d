package lathe.engine.layer;

import lathe.engine.tensor.WeightMatrix;

/**
 * Weights in float, many of them 0.
 *
 * @param weights outputs x inputs
 */
public record FloatWeights(WeightMatrix weights) implements CompressedLayer {

    @Override
    public FloatWeights scaled(double[] factors) {
        float[] values = new float[weights.rows() * weights.cols()];
        for (int i = 0; i < values.length; i++) {
            int row = i / weights.cols();
            values[i] = (float) (factors[row] * weights.at(row, i % weights.cols()));
        }
        return new FloatWeights(new WeightMatrix(weights.rows(), weights.cols(), values));
    }
}
