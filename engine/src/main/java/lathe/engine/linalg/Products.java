package lathe.engine.linalg;

/**
 * Products of row-major matrices, by plain loops where they are small and by {@link NativeMatrix} where they are not.
 */
final class Products {

    /** Below this many multiplications plain loops win over the way to native memory and back. */
    private static final long NATIVE_WORK = 1 << 18;

    /** Rows or columns of a large matrix in native memory at a time. */
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
        int panel = Math.min(PANEL, inner);
        try (NativeMatrix left = NativeMatrix.ofDoubles(rows, inner);
                NativeMatrix right = NativeMatrix.ofDoubles(panel, width);
                NativeMatrix result = NativeMatrix.ofDoubles(rows, width)) {
            left.put(a, 0, rows * inner);
            for (int from = 0; from < inner; from += panel) {
                int count = Math.min(panel, inner - from);
                right.put(b, from * width, count * width);
                result.addProduct(from == 0 ? 0 : 1, left, from, rows, count, 1, right, width);
            }
            result.get(product, 0, product.length);
        }
        return product;
    }

    /**
     * Subtracts Cᵀ C from some of A's rows and columns, those named, and moves what is left to the front, packed.
     *
     * @param a A, size x size, symmetric
     * @param c C, count x size, row after row
     * @param kept which rows and columns are wanted, rising
     */
    static void subtractSquare(double[] a, int size, double[] c, int count, int[] kept) {
        int n = kept.length;
        double[] columns = new double[count * n];
        for (int k = 0; k < count; k++) {
            for (int j = 0; j < n; j++) {
                columns[k * n + j] = c[k * size + kept[j]];
            }
        }
        pack(a, size, kept);
        if (isSmall(n, count, n)) {
            for (int i = 0; i < n; i++) {
                for (int k = 0; k < count; k++) {
                    double factor = columns[k * n + i];
                    for (int j = 0; j < n; j++) {
                        a[i * n + j] -= factor * columns[k * n + j];
                    }
                }
            }
        } else {
            subtractSquareNative(a, n, columns, count);
        }
    }

    /** Rising indices never overtake what they read. */
    private static void pack(double[] a, int size, int[] kept) {
        int n = kept.length;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                a[i * n + j] = a[kept[i] * size + kept[j]];
            }
        }
    }

    private static void subtractSquareNative(double[] a, int n, double[] columns, int count) {
        double[] transposed = new double[count * n];
        for (int k = 0; k < count; k++) {
            for (int i = 0; i < n; i++) {
                transposed[i * count + k] = columns[k * n + i];
            }
        }
        try (NativeMatrix left = NativeMatrix.ofDoubles(n, count);
                NativeMatrix right = NativeMatrix.ofDoubles(count, n);
                NativeMatrix result = NativeMatrix.ofDoubles(Math.min(PANEL, n), n)) {
            left.put(transposed, 0, n * count);
            right.put(columns, 0, count * n);
            for (int from = 0; from < n; from += PANEL) {
                int rows = Math.min(PANEL, n - from);
                result.put(a, from * n, rows * n);
                result.addProduct(1, left, from * count, rows, count, -1, right, n);
                result.get(a, from * n, rows * n);
            }
        }
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
                result.get(product, 0, count * width);
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
