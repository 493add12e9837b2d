package lathe.synth.statistics;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import lathe.engine.graph.ChannelStatistics;
import lathe.synth.input.Feeds;
import lathe.synth.network.Tensor;

/**
 * Feeds that a graph has by itself, and beside them a draw for each value that was cut: normal, independent over
 * channels and pixels, with the mean and deviation the channel had in training, or mean 0 and deviation 1 where no
 * BatchNormalization says so.
 *
 * @param own for the inputs of the graph
 * @param shapes shapes of the cut values, for as many samples as {@code batch}
 * @param batch samples of a run where that number is fixed, else 1
 * @param free true if runs may hold any number of samples
 * @param statistics what is known of the cut values
 * @param seed the same seed gives the same draws
 */
record GaussianFeeds(
        Feeds own,
        Map<String, long[]> shapes,
        int batch,
        boolean free,
        Map<String, ChannelStatistics> statistics,
        long seed)
        implements Feeds {

    @Override
    public int count() {
        return own.count();
    }

    @Override
    public OptionalInt fixedBatch() {
        return free ? OptionalInt.empty() : OptionalInt.of(batch);
    }

    @Override
    public Map<String, Tensor> batch(int from, int count) {
        Map<String, Tensor> feeds = new HashMap<>(own.batch(from, count));
        shapes.forEach((value, shape) -> feeds.put(value, draw(value, shape, from, count / batch)));
        return feeds;
    }

    private Tensor draw(String value, long[] shape, int from, int repeats) {
        int size = (int) Tensor.elements(shape);
        float[] values = new float[size * repeats];
        ChannelStatistics known = statistics.get(value);
        boolean perChannel = known != null && shape.length >= 2 && shape[1] == known.channels();
        int space = perChannel ? (int) (size / shape[0] / shape[1]) : 1;
        for (int repeat = 0; repeat < repeats; repeat++) {
            SplittableRandom random = new SplittableRandom(Positions.seed(seed, value, from + repeat));
            for (int i = 0; i < size; i++) {
                int channel = perChannel ? i / space % known.channels() : 0;
                double mean = perChannel ? known.mean()[channel] : 0;
                double deviation = perChannel ? known.deviation()[channel] : 1;
                values[repeat * size + i] = (float) (mean + deviation * random.nextGaussian());
            }
        }
        long[] dims = shape.clone();
        if (dims.length > 0) {
            dims[0] *= repeats;
        }
        return Tensor.of(values, dims);
    }

    @Override
    public List<String> assumptions() {
        return List.of("the inputs of layers are drawn from BatchNormalization statistics, independent over channels"
                + " and pixels");
    }
}
