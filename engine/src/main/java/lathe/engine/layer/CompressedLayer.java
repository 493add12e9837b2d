package lathe.engine.layer;

import lathe.engine.grid.QuantGrid;
import lathe.engine.tensor.WeightMatrix;

/**
 * Quantized weights: {@code weight = scale[row] * code}. Immutable by agreement: arrays are not copied.
 *
 * @param grid the codes that may occur
 * @param rows outputs
 * @param cols inputs
 * @param codes {@code rows * cols} codes, row after row
 * @param scales one positive scale an output
 */
public record CompressedLayer(QuantGrid grid, int rows, int cols, byte[] codes, float[] scales) {

    public CompressedLayer {
        if (codes.length != rows * cols || scales.length != rows) {
            throw new IllegalArgumentException(
                    "%d x %d weights, %d codes, %d scales".formatted(rows, cols, codes.length, scales.length));
        }
    }

    /** Ŵ: the weights the codes stand for. */
    public WeightMatrix weights() {
        float[] values = new float[codes.length];
        for (int row = 0; row < rows; row++) {
            for (int i = row * cols; i < (row + 1) * cols; i++) {
                values[i] = scales[row] * codes[i];
            }
        }
        return new WeightMatrix(rows, cols, values);
    }
}
