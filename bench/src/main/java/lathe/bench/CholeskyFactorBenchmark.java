package lathe.bench;

import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import lathe.engine.linalg.CholeskyFactor;
import lathe.engine.linalg.GramMatrix;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.decomposition.chol.CholeskyDecompositionInner_DDRM;
import org.ejml.dense.row.decomposition.chol.CholeskyDecomposition_DDRB_to_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Time to factor and to invert a Gram matrix, one thread, beside EJML's factorization. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx6g")
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class CholeskyFactorBenchmark {

    /** From this order on EJML's blocked factorization is the faster one of its two. */
    private static final int BLOCKED_ORDER = 576;

    /** Inputs of the layer. */
    @Param({"32", "63", "64", "144", "576", "1152", "2304", "4608"})
    public int order;

    private GramMatrix gram;
    private int[] inputs;

    /** Draws a positive definite matrix. */
    @Setup
    public void draw() {
        Random random = new Random(1);
        double[] values = new double[order * order];
        for (int i = 0; i < order; i++) {
            for (int j = 0; j < i; j++) {
                values[i * order + j] = random.nextDouble();
                values[j * order + i] = values[i * order + j];
            }
            values[i * order + i] = order;
        }
        gram = GramMatrix.of(order, values);
        inputs = IntStream.range(0, order).toArray();
    }

    /** As GPTQ needs it. */
    @Benchmark
    public Optional<CholeskyFactor> factor() {
        return gram.damped(1).cholesky(inputs);
    }

    /** As pruning needs it. */
    @Benchmark
    public Optional<GramMatrix> inverse() {
        return gram.damped(1).inverse();
    }

    /** The diagonal of the inverse alone. */
    @Benchmark
    public Optional<double[]> inverseDiagonal() {
        return gram.damped(1).inverseDiagonal();
    }

    /** What the factorization replaces, from copy to factor. */
    @Benchmark
    public DMatrixRMaj ejml() {
        DMatrixRMaj matrix = new DMatrixRMaj(order, order);
        for (int i = 0; i < order; i++) {
            for (int j = 0; j < order; j++) {
                matrix.data[i * order + j] = gram.at(i, j);
            }
        }
        CholeskyDecomposition_F64<DMatrixRMaj> cholesky = order < BLOCKED_ORDER
                ? new CholeskyDecompositionInner_DDRM(true)
                : new CholeskyDecomposition_DDRB_to_DDRM(true);
        if (!cholesky.decompose(matrix)) {
            throw new IllegalStateException("not positive definite");
        }
        return cholesky.getT(null);
    }
}
