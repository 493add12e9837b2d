package lathe.engine.linalg;

import lathe.engine.tensor.WeightMatrix;

/** Products W x of a matrix with many x, in native code unless they are few. Thread-safe. */
public final class LinearMap {

    private final int rows;
    private final int cols;
    private final float[] weights;

    /** @param matrix W */
    public LinearMap(WeightMatrix matrix) {
        this.rows = matrix.rows();
        this.cols = matrix.cols();
        this.weights = matrix.floats();
    }

    /**
     * W x of each x. O(count rows cols).
     *
     * @param inputs count x cols, one x after the other
     * @return count x rows
     */
    public float[] apply(float[] inputs, int count) {
        float[] outputs = new float[count * rows];
        if (count == 0 || Products.isSmall(count, cols, rows)) {
            for (int i = 0; i < count; i++) {
                for (int row = 0; row < rows; row++) {
                    double sum = 0;
                    for (int col = 0; col < cols; col++) {
                        sum += (double) weights[row * cols + col] * inputs[i * cols + col];
                    }
                    outputs[i * rows + row] = (float) sum;
                }
            }
            return outputs;
        }
        try (NativeMatrix left = NativeMatrix.ofFloats(cols, count);
                NativeMatrix right = NativeMatrix.ofFloats(/* rows= */ cols, /* cols= */ rows);
                NativeMatrix product = NativeMatrix.ofFloats(count, rows)) {
            left.put(transposed(inputs, count, cols), 0, count * cols);
            right.put(transposed(weights, rows, cols), 0, rows * cols);
            product.setToTransposedProduct(left, count, cols, right, rows);
            product.get(outputs, outputs.length);
        }
        return outputs;
    }

    private static float[] transposed(float[] matrix, int height, int width) {
        float[] transposed = new float[height * width];
        for (int i = 0; i < height; i++) {
            for (int j = 0; j < width; j++) {
                transposed[j * height + i] = matrix[i * width + j];
            }
        }
        return transposed;
    }
}
