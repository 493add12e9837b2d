package lathe.engine.layer;

import lathe.engine.grid.Blocks;
import lathe.engine.grid.Levels;
import lathe.engine.grid.WeightFormat;
import lathe.engine.tensor.WeightMatrix;

/**
 * Weights as codes: {@code weight = scale * (level(code) - zeroPoint)}, with one scale and zero point per output channel
 * or per block of it. Immutable by agreement: arrays are not copied.
 *
 * @param format whose levels the codes stand for
 * @param blocks which scale of its output each weight takes
 * @param rows outputs
 * @param codes {@code rows * cols} codes, row after row
 * @param scales {@code rows * blocks.count()} positive scales, row after row
 * @param zeroPoints as many codes of 0.0
 */
public record QuantizedWeights(
        WeightFormat format, Blocks blocks, int rows, short[] codes, float[] scales, byte[] zeroPoints)
        implements CompressedLayer {

    public QuantizedWeights {
        if (codes.length != rows * blocks.cols()
                || scales.length != rows * blocks.count()
                || zeroPoints.length != scales.length) {
            throw new IllegalArgumentException("%d x %d weights in %d blocks, %d codes, %d scales, %d zero points"
                    .formatted(rows, blocks.cols(), blocks.count(), codes.length, scales.length, zeroPoints.length));
        }
    }

    /** Inputs. */
    public int cols() {
        return blocks.cols();
    }

    @Override
    public QuantizedWeights scaled(double[] factors) {
        float[] scaled = new float[scales.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = (float) (factors[i / blocks.count()] * scales[i]);
        }
        return new QuantizedWeights(format, blocks, rows, codes, scaled, zeroPoints);
    }

    @Override
    public WeightMatrix weights() {
        Levels levels = format.levels();
        float[] values = new float[codes.length];
        for (int row = 0; row < rows; row++) {
            for (int col = 0; col < cols(); col++) {
                int scale = row * blocks.count() + blocks.of(col);
                int i = row * cols() + col;
                values[i] = scales[scale] * (levels.level(codes[i]) - zeroPoints[scale]);
            }
        }
        return new WeightMatrix(rows, cols(), values);
    }
}
