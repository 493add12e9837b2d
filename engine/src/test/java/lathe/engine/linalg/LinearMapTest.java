package lathe.engine.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;

import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinearMapTest {

    @ParameterizedTest
    @CsvSource({"3, 5, 0", "3, 5, 4", "1, 1, 1", "64, 100, 70", "17, 129, 1000"})
    void productsAreThoseOfPlainLoops(int rows, int cols, int count) {
        float[] weights = floats(Naive.numbers(rows * cols, 1));
        float[] inputs = floats(Naive.numbers(count * cols, 2));
        float[] outputs = new LinearMap(new WeightMatrix(rows, cols, weights)).apply(inputs, count);
        assertEquals(count * rows, outputs.length);
        for (int i = 0; i < count; i++) {
            for (int row = 0; row < rows; row++) {
                double sum = 0;
                double size = 0;
                for (int col = 0; col < cols; col++) {
                    double product = (double) weights[row * cols + col] * inputs[i * cols + col];
                    sum += product;
                    size += Math.abs(product);
                }
                assertEquals(sum, outputs[i * rows + row], 1e-6 * size);
            }
        }
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
