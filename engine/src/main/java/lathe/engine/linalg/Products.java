package lathe.engine.linalg;

/**
 * Products of row-major matrices, by plain loops where they are small and by {@link NativeMatrix} where they are not.
 */
final class Products {

    /** Below this many multiplications plain loops win over the way to native memory and back. */
    private static final long NATIVE_WORK = 1 << 18;

    /** Columns of H multiplied at a time by {@link #energies}. */
    private static final int PANEL = 256;

    private Products() {}

    /** A B, where A is rows x inner and B is inner x width. */
    static double[] product(double[] a, int rows, int inner, double[] b, int width) {
        double[] product = new double[rows * width];
        if (isSmall(rows, inner, width)) {
            for (int row = 0; row < rows; row++) {
                for (int k = 0; k < inner; k++) {
                    double factor = a[row * inner + k];
                    for (int j = 0; j < width; j++) {
                        product[row * width + j] += factor * b[k * width + j];
                    }
                }
            }
            return product;
        }
        try (NativeMatrix left = NativeMatrix.ofDoubles(rows, inner);
                NativeMatrix right = NativeMatrix.ofDoubles(inner, width);
                NativeMatrix result = NativeMatrix.ofDoubles(rows, width)) {
            left.put(a, 0, rows * inner);
            right.put(b, 0, inner * width);
            result.setToProduct(left, rows, inner, right, width);
            result.get(product, product.length);
        }
        return product;
    }

    /** v H vᵀ for each row v of {@code rows}, count x order, with H symmetric. */
    static double[] energies(double[] h, int order, double[] rows, int count) {
        if (isSmall(count, order, order)) {
            double[] energies = new double[count];
            for (int row = 0; row < count; row++) {
                energies[row] = energy(h, order, rows, row * order);
            }
            return energies;
        }
        return panelEnergies(h, order, rows, count);
    }

    private static double energy(double[] h, int order, double[] v, int start) {
        double sum = 0;
        for (int i = 0; i < order; i++) {
            double twice = 0;
            for (int j = i + 1; j < order; j++) {
                twice += h[i * order + j] * v[start + j];
            }
            sum += v[start + i] * (h[i * order + i] * v[start + i] + 2 * twice);
        }
        return sum;
    }

    /** v H vᵀ = v T vᵀ with T the upper triangle of H, entries off the diagonal doubled: half the work of V H. */
    private static double[] panelEnergies(double[] h, int order, double[] rows, int count) {
        double[] energies = new double[count];
        double[] panel = new double[order * PANEL];
        double[] product = new double[count * PANEL];
        try (NativeMatrix left = NativeMatrix.ofDoubles(count, order);
                NativeMatrix right = NativeMatrix.ofDoubles(order, PANEL);
                NativeMatrix result = NativeMatrix.ofDoubles(count, PANEL)) {
            left.put(rows, 0, count * order);
            for (int start = 0; start < order; start += PANEL) {
                int width = Math.min(PANEL, order - start);
                int inner = start + width;
                copyUpperPanel(h, order, start, width, panel);
                right.put(panel, 0, inner * width);
                result.setToProduct(left, count, inner, right, width);
                result.get(product, count * width);
                for (int row = 0; row < count; row++) {
                    energies[row] += dot(product, row * width, rows, row * order + start, width);
                }
            }
        }
        return energies;
    }

    private static void copyUpperPanel(double[] h, int order, int start, int width, double[] panel) {
        for (int i = 0; i < start + width; i++) {
            for (int j = 0; j < width; j++) {
                panel[i * width + j] = 2 * h[i * order + start + j];
            }
            for (int j = 0; j <= i - start; j++) {
                panel[i * width + j] = start + j == i ? h[i * order + i] : 0;
            }
        }
    }

    private static double dot(double[] a, int aStart, double[] b, int bStart, int length) {
        double sum = 0;
        for (int i = 0; i < length; i++) {
            sum += a[aStart + i] * b[bStart + i];
        }
        return sum;
    }

    /** Whether plain loops do. Few rows never repay the copy of the right-hand matrix. */
    static boolean isSmall(int rows, int inner, int width) {
        return rows < 4 || (long) rows * inner * width < NATIVE_WORK;
    }
}
