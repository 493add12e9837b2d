package lathe.engine.qdq;

import java.util.Optional;
import lathe.engine.layer.Layer;

/**
 * Which layers ONNX Runtime computes faster in integers. It has no integer ConvTranspose. Its integer Conv takes groups one
 * by one, each as a matrix product that is narrow where a group has few channels; depthwise it has a kernel of its own; a
 * 3-D Conv of few channels spends its time on copying patches.
 *
 * <p>Measured with {@code bench/scripts/integer_kernels.py}: time as a multiple of float, four layers in series, ONNX
 * Runtime 1.29, one thread. "Between" is a layer in float between quantized activations, conversions included.
 *
 * <table>
 * <caption>Multiples of the time in float</caption>
 * <tr><th></th><th>VNNI, int8</th><th>between</th><th>AVX2, int8</th><th>between</th></tr>
 * <tr><td>3x3, 2 channels a group</td><td>5.0 to 5.5</td><td>1.2</td><td>4.9 to 5.2</td><td>1.2</td></tr>
 * <tr><td>3x3, 4 channels a group</td><td>2.5 to 2.7</td><td>1.1</td><td>2.3 to 2.4</td><td>1.2</td></tr>
 * <tr><td>3x3, 8 channels a group</td><td>1.1 to 1.2</td><td>1.1</td><td>1.9 to 2.0</td><td>1.3</td></tr>
 * <tr><td>3x3, 16 channels a group</td><td>1.2 to 1.3</td><td>1.3</td><td>1.0 to 1.1</td><td>1.2</td></tr>
 * <tr><td>3x3, 32 channels a group</td><td>0.4 to 0.7</td><td>1.2</td><td>0.7 to 0.8</td><td>1.1</td></tr>
 * <tr><td>depthwise, 2 outputs a channel</td><td>6.5</td><td>1.2</td><td>5.4</td><td>1.2</td></tr>
 * <tr><td>depthwise</td><td>1.2 to 2.1</td><td>2.0 to 3.1</td><td>1.4 to 2.0</td><td>1.6 to 2.4</td></tr>
 * <tr><td>3x3x3, 8 channels</td><td>1.4</td><td>1.0</td><td>1.4</td><td>1.0</td></tr>
 * <tr><td>3x3x3, 16 channels</td><td>0.5</td><td>1.0</td><td>0.5</td><td>1.0</td></tr>
 * </table>
 *
 * <p>Dilation, stride and 1-D kernels follow the same rule. A 2-D layer of few channels without groups, such as the first
 * layer of most networks, takes up to 1.9 times as long in integers, but a quarter of a millisecond at most.
 */
final class IntegerKernels {

    /** Input channels of a group from which on integers are not slower. */
    private static final int ENOUGH_CHANNELS = 16;

    private IntegerKernels() {}

    /** Why a layer is faster with float activations, as a clause; empty if it is not. */
    static Optional<String> slowness(Layer layer) {
        return layer.site()
                .observed()
                .match(
                        windows -> windows.transposed()
                                ? Optional.of("ONNX Runtime has no integer ConvTranspose")
                                : slownessOfConv(layer),
                        rows -> rows.matrix()
                                ? Optional.empty()
                                : Optional.of("ONNX Runtime multiplies integers with one matrix on the right alone"),
                        steps -> Optional.of("recurrent layers are computed in float"),
                        Optional::empty);
    }

    private static Optional<String> slownessOfConv(Layer layer) {
        int channels = layer.cols() / layer.taps();
        boolean depthwise = channels == 1 && layer.rowsPerGroup() == 1;
        boolean volume = layer.weights().rank() > 4;
        if (depthwise || channels >= ENOUGH_CHANNELS || (layer.groups() == 1 && !volume)) {
            return Optional.empty();
        }
        return Optional.of("a %sConv with fewer than %d input channels%s is slower in integers"
                .formatted(volume ? "3-D " : "grouped ", ENOUGH_CHANNELS, layer.groups() == 1 ? "" : " per group"));
    }

    /** True if a layer is computed in integers only where what it writes is quantized, too: a Conv. */
    static boolean needsIntegerOutput(Layer layer) {
        return layer.site()
                .observed()
                .match(windows -> !windows.transposed(), rows -> false, steps -> false, () -> false);
    }
}
