package lathe.engine.linalg;

/**
 * Matrix products, by plain loops where the matrices are small and by {@link NativeMatrix} where they are not. Matrices
 * are row-major parts of arrays: a first entry and a distance between rows. Sums run in double.
 */
final class Products {

    /** Below this many multiplications plain loops win over the way to native memory and back. */
    private static final long NATIVE_WORK = 1 << 20;

    /** Columns multiplied at a time by {@link #energies}. */
    private static final int PANEL = 256;

    private Products() {}

    /** Adds A B to C, where A is rows x inner, B is inner x width, C is rows x width. */
    static void addProductInto(
            double[] a,
            int aStart,
            int aStride,
            int rows,
            int inner,
            double[] b,
            int bStart,
            int bStride,
            int width,
            double[] c,
            int cStart,
            int cStride) {
        if (isSmall(rows, inner, width)) {
            for (int row = 0; row < rows; row++) {
                for (int k = 0; k < inner; k++) {
                    double factor = a[aStart + row * aStride + k];
                    if (factor != 0) {
                        addMultiple(factor, b, bStart + k * bStride, c, cStart + row * cStride, width);
                    }
                }
            }
            return;
        }
        double[] product = nativeProduct(
                packed(a, aStart, aStride, rows, inner), rows, inner, packed(b, bStart, bStride, inner, width), width);
        for (int row = 0; row < rows; row++) {
            addMultiple(1, product, row * width, c, cStart + row * cStride, width);
        }
    }

    /**
     * v H vᵀ for each row v. H is symmetric, so its upper triangle is enough: v H vᵀ = v T vᵀ with T the upper triangle
     * of H, entries off the diagonal doubled.
     */
    static double[] energies(double[] h, int order, double[] rows, int count) {
        double[] energies = new double[count];
        for (int start = 0; start < order; start += PANEL) {
            int width = Math.min(PANEL, order - start);
            int inner = start + width;
            double[] panel = upperPanel(h, order, start, width);
            double[] product = new double[count * width];
            addProductInto(rows, 0, order, count, inner, panel, 0, width, width, product, 0, width);
            for (int row = 0; row < count; row++) {
                energies[row] += dot(product, row * width, rows, row * order + start, width);
            }
        }
        return energies;
    }

    private static double[] upperPanel(double[] h, int order, int start, int width) {
        double[] panel = new double[(start + width) * width];
        for (int i = 0; i < start + width; i++) {
            for (int j = Math.max(start, i); j < start + width; j++) {
                panel[i * width + j - start] = i == j ? h[i * order + j] : 2 * h[i * order + j];
            }
        }
        return panel;
    }

    private static boolean isSmall(int rows, int inner, int width) {
        return rows < 4 || (long) rows * inner * width < NATIVE_WORK;
    }

    private static double[] nativeProduct(double[] a, int rows, int inner, double[] b, int width) {
        double[] product = new double[rows * width];
        try (NativeMatrix left = NativeMatrix.ofDoubles(rows, inner);
                NativeMatrix right = NativeMatrix.ofDoubles(inner, width);
                NativeMatrix result = NativeMatrix.ofDoubles(rows, width)) {
            left.put(a, rows * inner);
            right.put(b, inner * width);
            result.setToProduct(left, rows, inner, right, width);
            result.get(product, product.length);
        }
        return product;
    }

    private static double[] packed(double[] values, int start, int stride, int rows, int cols) {
        if (start == 0 && stride == cols) {
            return values;
        }
        double[] packed = new double[rows * cols];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(values, start + row * stride, packed, row * cols, cols);
        }
        return packed;
    }

    private static void addMultiple(double factor, double[] from, int fromStart, double[] to, int toStart, int length) {
        for (int i = 0; i < length; i++) {
            to[toStart + i] += factor * from[fromStart + i];
        }
    }

    private static double dot(double[] a, int aStart, double[] b, int bStart, int length) {
        double sum = 0;
        for (int i = 0; i < length; i++) {
            sum += a[aStart + i] * b[bStart + i];
        }
        return sum;
    }
}
