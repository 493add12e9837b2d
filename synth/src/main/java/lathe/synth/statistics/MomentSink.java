package lathe.synth.statistics;

import java.util.Arrays;
import java.util.Optional;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.MeasuredChannels;
import lathe.synth.network.Tensor;

/** Means and deviations of the channels of a value. Chunks are added in their order, so the last bits are always the same. */
final class MomentSink implements Sink {

    private final int axis;
    private final Turns turns = new Turns();
    private double[] sums = new double[0];
    private double[] squares = new double[0];
    private long count;

    /** @param axis of the channels */
    MomentSink(int axis) {
        this.axis = axis;
    }

    @Override
    public void accept(Chunk chunk, Tensor tensor) {
        if (axis >= tensor.rank() || tensor.size() == 0) {
            turns.in(chunk.index(), () -> {});
            return;
        }
        int channels = Math.toIntExact(tensor.dims()[axis]);
        int inner = (int) Tensor.elements(Arrays.copyOfRange(tensor.dims(), axis + 1, tensor.rank()));
        float[] values = tensor.floats();
        double[] sum = new double[channels];
        double[] square = new double[channels];
        for (int start = 0; start < values.length; start += inner) {
            int channel = start / inner % channels;
            double s = 0;
            double q = 0;
            for (int i = start; i < start + inner; i++) {
                s += values[i];
                q += (double) values[i] * values[i];
            }
            sum[channel] += s;
            square[channel] += q;
        }
        turns.in(chunk.index(), () -> add(sum, square, values.length / channels));
    }

    private void add(double[] sum, double[] square, int samples) {
        if (count == 0) {
            sums = new double[sum.length];
            squares = new double[sum.length];
        }
        for (int c = 0; c < sums.length; c++) {
            sums[c] += sum[c];
            squares[c] += square[c];
        }
        count += samples;
    }

    @Override
    public void abort() {
        turns.abort();
    }

    /** What was gathered, once all chunks are in; empty if there was no number. */
    Optional<MeasuredChannels> result() {
        if (count == 0) {
            return Optional.empty();
        }
        float[] mean = new float[sums.length];
        float[] deviation = new float[sums.length];
        for (int c = 0; c < mean.length; c++) {
            double average = sums[c] / count;
            mean[c] = (float) average;
            deviation[c] = (float) Math.sqrt(Math.max(0, squares[c] / count - average * average));
        }
        return Optional.of(new MeasuredChannels(new ChannelStatistics(mean, deviation), count));
    }
}
