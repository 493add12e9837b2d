package lathe.engine.grid;

import java.util.Random;

/** Numbers as activations are distributed, and what quantizing them costs, element by element. */
final class Samples {

    static final double ANY = Double.POSITIVE_INFINITY;

    /** The shapes of distributions that networks show, and some that they should not. */
    enum Shape {
        GAUSSIAN,
        HALF_GAUSSIAN,
        SHIFTED_GAUSSIAN,
        LAPLACE,
        HALF_LAPLACE,
        UNIFORM,
        HALF_UNIFORM,
        BIMODAL_WITH_OUTLIERS,
        ONE_OUTLIER,
        LOG_NORMAL_MIXTURE
    }

    private Samples() {}

    static float[] of(Shape shape, int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) draw(shape, i, random.nextGaussian(), random.nextDouble());
        }
        return values;
    }

    private static double draw(Shape shape, int i, double gaussian, double uniform) {
        return switch (shape) {
            case GAUSSIAN -> gaussian;
            case HALF_GAUSSIAN -> Math.max(0, gaussian);
            case SHIFTED_GAUSSIAN -> gaussian + 2;
            case LAPLACE -> -Math.signum(gaussian) * Math.log(1 - uniform);
            case HALF_LAPLACE -> -Math.log(1 - uniform);
            case UNIFORM -> 2 * uniform - 0.7;
            case HALF_UNIFORM -> uniform;
            case BIMODAL_WITH_OUTLIERS ->
                i % 1000 == 0 ? 20 * gaussian : i % 3 == 0 ? 2 + 0.1 * gaussian : -1 + 0.05 * gaussian;
            case ONE_OUTLIER -> i == 0 ? 40 : Math.max(0, gaussian);
            case LOG_NORMAL_MIXTURE -> gaussian * Math.exp(uniform * uniform * 3);
        };
    }

    static Histogram histogram(float... values) {
        Histogram histogram = new Histogram();
        for (float value : values) {
            histogram.add(value);
        }
        return histogram;
    }

    /** Mean squared error of every element through QuantizeLinear and back. */
    static double meanSquaredError(float[] values, AffineScale affine) {
        QuantGrid grid = affine.grid();
        double scale = affine.scale();
        double sum = 0;
        for (float value : values) {
            double code = Math.max(grid.min() - affine.zeroPoint(), Math.rint(value / scale));
            double difference = value - scale * Math.min(grid.max() - affine.zeroPoint(), code);
            sum += difference * difference;
        }
        return sum / values.length;
    }
}
