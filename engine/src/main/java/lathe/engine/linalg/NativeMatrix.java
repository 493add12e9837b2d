package lathe.engine.linalg;

import static org.bytedeco.openblas.global.openblas.LAPACKE_dpotrf;
import static org.bytedeco.openblas.global.openblas.LAPACKE_dpotri;
import static org.bytedeco.openblas.global.openblas.LAPACKE_dpotrs;
import static org.bytedeco.openblas.global.openblas.LAPACKE_dsyevd;
import static org.bytedeco.openblas.global.openblas.LAPACKE_dtrtri;
import static org.bytedeco.openblas.global.openblas.LAPACK_COL_MAJOR;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasColMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.blas_set_num_threads;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_dgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A matrix in native memory, multiplied and factored by OpenBLAS and its LAPACK. Loading this class loads the native
 * libraries, so small problems stay clear of it.
 *
 * <p>Entries are counted row after row; OpenBLAS sees the same memory as the transpose, column after column. One BLAS
 * thread a call. Not thread-safe, though different matrices may be in use at once.
 */
final class NativeMatrix implements AutoCloseable {

    /** The lower triangle as LAPACK sees it, which is the upper one here; the faster of the two. */
    private static final byte LOWER = 'L';

    private static final byte NOT_UNIT = 'N';
    private static final byte VECTORS = 'V';

    static {
        blas_set_num_threads(1);
    }

    private final Pointer memory;
    private int cols;

    private NativeMatrix(int elementBytes, int rows, int cols) {
        long bytes = (long) elementBytes * rows * cols;
        this.memory = Pointer.malloc(Math.max(1, bytes));
        if (memory == null || memory.isNull()) {
            throw new OutOfMemoryError("%d bytes of native memory".formatted(bytes));
        }
        this.cols = cols;
    }

    /** A rows x cols matrix of float, entries undefined. */
    static NativeMatrix ofFloats(int rows, int cols) {
        return new NativeMatrix(Float.BYTES, rows, cols);
    }

    /** A rows x cols matrix of double, entries undefined. */
    static NativeMatrix ofDoubles(int rows, int cols) {
        return new NativeMatrix(Double.BYTES, rows, cols);
    }

    /** Overwrites the first {@code length} entries with {@code values[start..]}. */
    void put(float[] values, int start, int length) {
        floats(0).put(values, start, length);
    }

    /** Overwrites the first {@code length} entries with {@code values[start..]}. */
    void put(double[] values, int start, int length) {
        doubles(0).put(values, start, length);
    }

    /** From here on the same memory holds rows of another length; it stays as large as it was. */
    void reshape(int newCols) {
        cols = newCols;
    }

    /** Overwrites a row from column {@code from} on with the same columns of {@code values}. */
    void putRow(int row, int from, double[] values) {
        doubles((long) row * cols + from).put(values, from, cols - from);
    }

    /** Reads a row from column {@code from} on into the same columns of {@code values}. */
    void getRow(int row, int from, double[] values) {
        doubles((long) row * cols + from).get(values, from, cols - from);
    }

    /** Overwrites one row. */
    void putRow(int row, float[] values) {
        floats((long) row * cols).put(values, 0, cols);
    }

    /** Reads one row. */
    void getRow(int row, float[] values) {
        floats((long) row * cols).get(values, 0, cols);
    }

    /** Reads the first {@code length} entries. */
    void get(float[] values, int length) {
        floats(0).get(values, 0, length);
    }

    /** Reads the first {@code length} entries into {@code values[start..]}. */
    void get(double[] values, int start, int length) {
        doubles(0).get(values, start, length);
    }

    /** Floats: this (n x width, packed) becomes A[:, from..from+n)ᵀ A[:, from..from+width), {@code samples} rows. */
    void setToCrossProduct(NativeMatrix a, int samples, int from, int n, int width) {
        FloatPointer start = a.floats(from);
        cblas_sgemm(
                CblasColMajor,
                CblasNoTrans,
                CblasTrans,
                width,
                n,
                samples,
                1f,
                start,
                a.cols,
                start,
                a.cols,
                0f,
                floats(0),
                width);
    }

    /** Floats: this (n x width, packed) becomes Aᵀ B, where A is inner x n and B is inner x width, both packed. */
    void setToTransposedProduct(NativeMatrix a, int n, int inner, NativeMatrix b, int width) {
        cblas_sgemm(
                CblasColMajor,
                CblasNoTrans,
                CblasTrans,
                width,
                n,
                inner,
                1f,
                b.floats(0),
                width,
                a.floats(0),
                n,
                0f,
                floats(0),
                width);
    }

    /** Doubles: this (rows x width, packed) becomes A[0..rows, 0..inner) B, where B is inner x width, packed. */
    void setToProduct(NativeMatrix a, int rows, int inner, NativeMatrix b, int width) {
        addProduct(0, a, 0, rows, inner, 1, b, width);
    }

    /**
     * Doubles: this (rows x width, packed) is multiplied by {@code kept}, then gains factor A B, where A is the rows x
     * inner part of a matrix that starts at its entry {@code from}, and B is inner x width, packed.
     */
    void addProduct(
            double kept, NativeMatrix a, int from, int rows, int inner, double factor, NativeMatrix b, int width) {
        cblas_dgemm(
                CblasColMajor,
                CblasNoTrans,
                CblasNoTrans,
                width,
                rows,
                inner,
                factor,
                b.doubles(0),
                width,
                a.doubles(from),
                a.cols,
                kept,
                doubles(0),
                width);
    }

    /**
     * Doubles, order x order: factors the symmetric matrix whose upper triangle this holds, in place, as L Lᵀ with L
     * lower: Lᵀ takes its place. What lies below the diagonal is neither read nor written.
     *
     * @return false if the matrix is not positive definite; the entries are then undefined
     */
    boolean toCholesky() {
        return LAPACKE_dpotrf(LAPACK_COL_MAJOR, LOWER, cols, doubles(0), cols) == 0;
    }

    /** Doubles, order x order: Lᵀ, as {@link #toCholesky} left it, becomes the transpose of L⁻¹. */
    void invertFactor() {
        LAPACKE_dtrtri(LAPACK_COL_MAJOR, LOWER, NOT_UNIT, cols, doubles(0), cols);
    }

    /** Doubles, order x order: Lᵀ, as {@link #toCholesky} left it, becomes the upper triangle of (L Lᵀ)⁻¹. */
    void invertFactored() {
        LAPACKE_dpotri(LAPACK_COL_MAJOR, LOWER, cols, doubles(0), cols);
    }

    /** Doubles, count x order, row after row: each row b becomes x with x L Lᵀ = b. */
    void solveFactored(NativeMatrix factor, int count) {
        LAPACKE_dpotrs(LAPACK_COL_MAJOR, LOWER, cols, count, factor.doubles(0), cols, doubles(0), cols);
    }

    /**
     * Doubles, order x order: eigenvectors of the symmetric matrix whose upper triangle this holds take its place, one in each
     * row, by rising eigenvalue. O(order³).
     *
     * @param eigenvalues as many numbers, which are overwritten
     * @return false if they were not found
     */
    boolean toEigenvectors(NativeMatrix eigenvalues) {
        return LAPACKE_dsyevd(LAPACK_COL_MAJOR, VECTORS, LOWER, cols, doubles(0), cols, eigenvalues.doubles(0)) == 0;
    }

    private FloatPointer floats(long offset) {
        return new FloatPointer(memory).getPointer(offset);
    }

    private DoublePointer doubles(long offset) {
        return new DoublePointer(memory).getPointer(offset);
    }

    @Override
    public void close() {
        Pointer.free(memory);
    }
}
