package lathe.engine.linalg;

/**
 * Gathers E[x xᵀ] and E[x] from samples that arrive in any number of portions. Products run in float over blocks of
 * samples, less the mean of the first of them so that variances do not cancel, and in double across blocks; orders below {@value #NATIVE_ORDER} run in double throughout and load no native
 * code. The result depends on the sequence of calls alone, bit for bit. O(order²) a sample. Not thread-safe, though
 * different accumulators may work at once.
 */
public final class GramAccumulator implements MomentAccumulator {

    /** From this order on blocks of samples are multiplied in native code. */
    static final int NATIVE_ORDER = 16;

    /** Samples multiplied at a time in float. */
    static final int BLOCK = 1024;

    /** Columns of the product computed at a time. */
    private static final int PANEL = 256;

    private final int order;
    private final double[] upper;
    private final double[] sums;
    private final float[] shift; // what native products are taken around
    private long count;

    /** An accumulator for samples of {@code order} numbers. */
    public GramAccumulator(int order) {
        if (order < 1 || (long) order * order > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("Gram matrix of order %d".formatted(order));
        }
        this.order = order;
        this.upper = new double[order * order];
        this.sums = new double[order];
        this.shift = new float[order];
    }

    @Override
    public void add(float[] samples, int count) {
        if ((long) count * order > samples.length) {
            throw new IllegalArgumentException(
                    "%d samples of %d numbers, %d given".formatted(count, order, samples.length));
        }
        addMeans(samples, count);
        if (order < NATIVE_ORDER) {
            addPlain(samples, count);
        } else {
            if (this.count == 0 && count > 0) {
                shiftToMean(count);
            }
            addNative(samples, count);
        }
        this.count += count;
    }

    private void addMeans(float[] samples, int count) {
        for (int sample = 0; sample < count; sample++) {
            for (int i = 0; i < order; i++) {
                sums[i] += samples[sample * order + i];
            }
        }
    }

    /** The mean of the first call's samples. */
    private void shiftToMean(int count) {
        for (int i = 0; i < order; i++) {
            float mean = (float) (sums[i] / count);
            shift[i] = Float.isFinite(mean) ? mean : 0;
        }
    }

    private void addPlain(float[] samples, int count) {
        double[] x = new double[order];
        for (int sample = 0; sample < count; sample++) {
            for (int i = 0; i < order; i++) {
                x[i] = samples[sample * order + i];
            }
            for (int i = 0; i < order; i++) {
                int row = i * order;
                for (int j = i; j < order; j++) {
                    upper[row + j] += x[i] * x[j];
                }
            }
        }
    }

    private void addNative(float[] samples, int count) {
        float[] panel = new float[Math.min(PANEL, order) * order];
        float[] shifted = new float[Math.min(BLOCK, count) * order];
        try (NativeMatrix x = NativeMatrix.ofFloats(Math.min(BLOCK, count), order);
                NativeMatrix product = NativeMatrix.ofFloats(Math.min(PANEL, order), order)) {
            for (int first = 0; first < count; first += BLOCK) {
                int n = Math.min(BLOCK, count - first);
                for (int sample = 0; sample < n; sample++) {
                    for (int i = 0; i < order; i++) {
                        shifted[sample * order + i] = samples[(first + sample) * order + i] - shift[i];
                    }
                }
                x.put(shifted, 0, n * order);
                for (int from = 0; from < order; from += PANEL) {
                    int rows = Math.min(PANEL, order - from);
                    int width = order - from;
                    product.setToCrossProduct(x, n, from, rows, width);
                    product.get(panel, rows * width);
                    addPanel(panel, from, rows, width);
                }
            }
        }
    }

    private void addPanel(float[] panel, int from, int rows, int width) {
        for (int row = 0; row < rows; row++) {
            int to = (from + row) * order + from;
            for (int j = row; j < width; j++) {
                upper[to + j] += panel[row * width + j];
            }
        }
    }

    @Override
    public GramMatrix gram() {
        double[] gram = new double[order * order];
        double[] mean = mean();
        if (count > 0) {
            for (int i = 0; i < order; i++) {
                for (int j = i; j < order; j++) {
                    double around =
                            shift[i] * (mean[j] - shift[j]) + shift[j] * mean[i]; // E[x xᵀ] less that of x - shift
                    gram[i * order + j] = upper[i * order + j] / count + around;
                    gram[j * order + i] = gram[i * order + j];
                }
            }
        }
        return GramMatrix.of(order, gram);
    }

    @Override
    public double[] mean() {
        double[] mean = new double[order];
        if (count > 0) {
            for (int i = 0; i < order; i++) {
                mean[i] = sums[i] / count;
            }
        }
        return mean;
    }
}
