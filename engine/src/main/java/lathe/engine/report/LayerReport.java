package lathe.engine.report;

import java.util.List;

/**
 * What happened to one layer.
 *
 * @param layer its name
 * @param opType ONNX operator
 * @param shape dims of the stored weights
 * @param format of its weights: int2 to int8, nf4, fp8-e4m3, fp8-e5m2, or {@value #FLOAT}
 * @param bits bits a weight takes, 32 for a float
 * @param pruned true if weights of it were made 0
 * @param sparsity share of weights that are 0
 * @param bytesBefore weights and bias as they were; weights that layers share count with the first of them
 * @param bytesAfter codes, scales and bias as they are, likewise
 * @param error tr((W-Ŵ) H (W-Ŵ)ᵀ) / tr(W H Wᵀ): the share of the layer's output energy that is lost, 0 or more
 * @param stages what rounding its input costs, and what each stage brought the error to, as far as it is known; the last one is {@code error}
 * @param solver how the codes were found
 * @param seconds one thread took to solve it, together with the layers that share its weights; the only figure here that
 *     differs from run to run
 * @param note what is particular about this layer, in a few words; empty if nothing is
 */
public record LayerReport(
        String layer,
        String opType,
        List<Long> shape,
        String format,
        int bits,
        boolean pruned,
        double sparsity,
        long bytesBefore,
        long bytesAfter,
        double error,
        List<StageError> stages,
        String solver,
        double seconds,
        String note) {

    /** The format of weights that stay in FP32. */
    public static final String FLOAT = "float";

    public LayerReport {
        shape = List.copyOf(shape);
        stages = List.copyOf(stages);
    }

    /** Signal to noise of the layer's output, in dB; infinite when nothing was lost. */
    public double signalToNoise() {
        return -10 * Math.log10(error);
    }
}
