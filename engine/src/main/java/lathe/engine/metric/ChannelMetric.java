package lathe.engine.metric;

import java.util.List;
import lathe.engine.layer.Layer;
import lathe.engine.linalg.GramAccumulator;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;

/**
 * A symmetric matrix A over the channels of a value: an error e of one position counts eᵀ A e. Immutable by agreement:
 * the array is not copied.
 *
 * @param channels number of channels
 * @param values {@code channels * channels} numbers
 */
record ChannelMetric(int channels, double[] values) {

    private interface Entry {
        double at(int i, int j);
    }

    private static ChannelMetric of(int channels, Entry entry) {
        double[] values = new double[channels * channels];
        for (int i = 0; i < channels; i++) {
            for (int j = 0; j < channels; j++) {
                values[i * channels + j] = entry.at(i, j);
            }
        }
        return new ChannelMetric(channels, values);
    }

    static ChannelMetric identity(int channels) {
        return of(channels, (i, j) -> i == j ? 1 : 0);
    }

    /** True if errors of different channels interfere: an entry off the diagonal is not 0. */
    boolean mixes() {
        for (int i = 0; i < channels; i++) {
            for (int j = 0; j < i; j++) {
                if (at(i, j) != 0) {
                    return true;
                }
            }
        }
        return false;
    }

    double at(int i, int j) {
        return values[i * channels + j];
    }

    ChannelMetric plus(ChannelMetric other) {
        return of(channels, (i, j) -> at(i, j) + other.at(i, j));
    }

    ChannelMetric times(double factor) {
        return of(channels, (i, j) -> factor * at(i, j));
    }

    /** Entry by entry times another matrix. */
    ChannelMetric entrywise(GramMatrix other) {
        return of(channels, (i, j) -> at(i, j) * other.at(i, j));
    }

    /** The part of some channels in a row. */
    ChannelMetric part(int from, int count) {
        return of(count, (i, j) -> at(from + i, from + j));
    }

    /** What it is before a depthwise layer, of weights w: A_ij times the sum over taps of w_i w_j. */
    ChannelMetric before(Layer depthwise) {
        List<WeightMatrix> kernels = depthwise.matrices();
        return of(channels, (i, j) -> {
            double sum = 0;
            for (int tap = 0; tap < depthwise.cols(); tap++) {
                sum += (double) kernels.get(i).at(0, tap) * kernels.get(j).at(0, tap);
            }
            return sum * at(i, j);
        });
    }

    /**
     * The sum over taps of WᵀW: the effect of a layer on errors that are independent over positions.
     *
     * @param channels that the layer reads; each may fill several columns of W, of taps or of flattened positions
     */
    static ChannelMetric readBy(Layer layer, int channels) {
        int inputs = channels / layer.groups();
        int taps = layer.cols() / inputs;
        double[] sum = new double[channels * channels];
        List<WeightMatrix> matrices = layer.matrices();
        for (int group = 0; group < layer.groups(); group++) {
            WeightMatrix weights = matrices.get(group);
            float[] samples = new float[weights.rows() * layer.cols()];
            for (int row = 0; row < weights.rows(); row++) {
                for (int col = 0; col < layer.cols(); col++) {
                    samples[(row * taps + col % taps) * inputs + col / taps] = weights.at(row, col);
                }
            }
            int count = weights.rows() * taps;
            GramAccumulator products = new GramAccumulator(inputs);
            products.add(samples, count);
            GramMatrix mean = products.gram();
            int first = group * inputs;
            for (int i = 0; i < inputs; i++) {
                for (int j = 0; j < inputs; j++) {
                    sum[(first + i) * channels + first + j] = count * mean.at(i, j);
                }
            }
        }
        return new ChannelMetric(channels, sum);
    }
}
