package lathe.engine.layer;

import java.util.Arrays;
import lathe.engine.grid.PairBound;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;

/**
 * The problem that every solver solves: find weights Ŵ in some set that keep tr(G (W - Ŵ) H (W - Ŵ)ᵀ) small. A grouped
 * layer is one such problem per group.
 *
 * @param layer name of the layer, for messages
 * @param weights W, outputs x inputs (a Conv is flattened to outputs x (inputs/groups * kh * kw))
 * @param taps columns of one input channel, kh * kw; 1 where there is no kernel
 * @param gram H, inputs x inputs, mean of x xᵀ over samples
 * @param mean E[x], one value per input
 * @param scaleFloor the least scale each output may get, 0 for no limit: below it an int32 bias would overflow
 * @param pairs bound of the integer kernels on neighbouring codes
 * @param keepsZeros true if weights that are 0 have to stay 0
 * @param outputMetric G, outputs x outputs: weighting of output errors. Where it is diagonal, outputs with per-channel
 *     scales are solved independently, and no solver needs it
 * @param centredErrors true if only deviations of the output error from its mean count: the layer has a bias, which takes the
 *     mean, see {@link lathe.engine.solve.BiasCorrection}, and E[x] is that of real inputs. A mean that is a guess is better
 *     left in H, which then keeps the error of the mean output small
 */
public record LayerProblem(
        String layer,
        WeightMatrix weights,
        int taps,
        GramMatrix gram,
        double[] mean,
        double[] scaleFloor,
        PairBound pairs,
        boolean keepsZeros,
        GramMatrix outputMetric,
        boolean centredErrors) {

    public LayerProblem {
        if (weights.cols() != gram.order() || mean.length != gram.order()) {
            throw new IllegalArgumentException("layer '%s': %d weight columns, Gram matrix of order %d, %d means"
                    .formatted(layer, weights.cols(), gram.order(), mean.length));
        }
        if (scaleFloor.length != weights.rows() || outputMetric.order() != weights.rows()) {
            throw new IllegalArgumentException("layer '%s': %d outputs, %d scale floors, metric of %d outputs"
                    .formatted(layer, weights.rows(), scaleFloor.length, outputMetric.order()));
        }
        if (taps < 1 || weights.cols() % taps != 0) {
            throw new IllegalArgumentException(
                    "layer '%s': %d weight columns of %d taps".formatted(layer, weights.cols(), taps));
        }
        if (!pairs.equals(PairBound.NONE) && (pairs.cols() != weights.cols() || pairs.taps() != taps)) {
            throw new IllegalArgumentException(
                    "layer '%s': %d weight columns of %d taps, pairs of %d columns of %d taps"
                            .formatted(layer, weights.cols(), taps, pairs.cols(), pairs.taps()));
        }
    }

    /** A problem whose outputs count alike. */
    public LayerProblem(
            String layer,
            WeightMatrix weights,
            int taps,
            GramMatrix gram,
            double[] mean,
            double[] scaleFloor,
            PairBound pairs,
            boolean keepsZeros) {
        this(layer, weights, taps, gram, mean, scaleFloor, pairs, keepsZeros, identity(weights.rows()), false);
    }

    /** A problem without a kernel, with zeros that may change and no bound on codes. */
    public LayerProblem(String layer, WeightMatrix weights, GramMatrix gram, double[] mean, double[] scaleFloor) {
        this(layer, weights, 1, gram, mean, scaleFloor, PairBound.NONE, false);
    }

    private static GramMatrix identity(int outputs) {
        double[] ones = new double[outputs];
        Arrays.fill(ones, 1);
        return GramMatrix.diagonal(ones);
    }

    /** The same with another H. */
    public LayerProblem withGram(GramMatrix other) {
        return new LayerProblem(
                layer, weights, taps, other, mean, scaleFloor, pairs, keepsZeros, outputMetric, centredErrors);
    }

    /** The same where only deviations of the output error from its mean count, or all of it. */
    public LayerProblem withCentredErrors(boolean centred) {
        return new LayerProblem(layer, weights, taps, gram, mean, scaleFloor, pairs, keepsZeros, outputMetric, centred);
    }

    /**
     * The matrix that output errors are measured with: H, or where errors are centred the covariance of the inputs, H - E[x]
     * E[x]ᵀ. It shares the memory of H.
     */
    public GramMatrix errorGram() {
        return centredErrors ? gram.centred(mean) : gram;
    }

    /** What solvers get: {@link #errorGram}, {@link GramMatrix#regularized}, and where errors are centred inputs of mean 0. */
    public LayerProblem regularized() {
        GramMatrix regularized = errorGram().regularized();
        double[] left = centredErrors ? new double[mean.length] : mean;
        return new LayerProblem(
                layer, weights, taps, regularized, left, scaleFloor, pairs, keepsZeros, outputMetric, false);
    }

    /** The same with inputs taken as uncorrelated, for what would take too long otherwise. */
    public LayerProblem uncorrelated() {
        return withGram(GramMatrix.diagonal(gram.diagonal()));
    }

    /** The same inputs, other weights whose zeros have to stay: what is left to do after pruning. */
    public LayerProblem pruned(WeightMatrix sparse) {
        return new LayerProblem(layer, sparse, taps, gram, mean, scaleFloor, pairs, true, outputMetric, centredErrors);
    }

    /** The problem of some of its outputs. */
    public LayerProblem ofOutputs(int[] chosen) {
        int cols = weights.cols();
        float[] rows = new float[chosen.length * cols];
        double[] floors = new double[chosen.length];
        for (int i = 0; i < chosen.length; i++) {
            System.arraycopy(weights.floatRow(chosen[i]), 0, rows, i * cols, cols);
            floors[i] = scaleFloor[chosen[i]];
        }
        WeightMatrix left = new WeightMatrix(chosen.length, cols, rows);
        GramMatrix metric = outputMetric.principal(chosen);
        return new LayerProblem(layer, left, taps, gram, mean, floors, pairs, keepsZeros, metric, centredErrors);
    }

    /** The same with errors of outputs that count otherwise. */
    public LayerProblem withOutputMetric(GramMatrix metric) {
        return new LayerProblem(layer, weights, taps, gram, mean, scaleFloor, pairs, keepsZeros, metric, centredErrors);
    }
}
