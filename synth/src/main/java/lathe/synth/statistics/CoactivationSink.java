package lathe.synth.statistics;

import java.util.Optional;
import lathe.engine.graph.ClipBounds;
import lathe.engine.linalg.GramAccumulator;
import lathe.engine.linalg.GramMatrix;
import lathe.synth.network.Tensor;

/**
 * How often two channels of a value, on axis 1, lie inside a range together, at up to {@value #POSITIONS} positions of
 * each sample.
 */
final class CoactivationSink implements Sink {

    private static final int POSITIONS = 256;

    private final String value;
    private final ClipBounds bounds;
    private final long seed;
    private final Turns turns = new Turns();
    private Optional<GramAccumulator> sum = Optional.empty();

    CoactivationSink(String value, ClipBounds bounds, long seed) {
        this.value = value;
        this.bounds = bounds;
        this.seed = seed;
    }

    @Override
    public void accept(Chunk chunk, Tensor tensor) {
        if (tensor.rank() < 2 || tensor.size() == 0) {
            turns.in(chunk.index(), () -> {});
            return;
        }
        int samples = Math.toIntExact(tensor.dims()[0]);
        int channels = Math.toIntExact(tensor.dims()[1]);
        int extent = tensor.size() / samples / channels;
        long[] positions = Positions.draw(extent, POSITIONS, Positions.seed(seed, value, chunk.from()));
        float[] y = tensor.floats();
        float[] passing = new float[samples * positions.length * channels];
        int at = 0;
        for (int sample = 0; sample < samples; sample++) {
            for (long position : positions) {
                for (int channel = 0; channel < channels; channel++) {
                    float number = y[(sample * channels + channel) * extent + (int) position];
                    passing[at++] = number > bounds.low() && number < bounds.high() ? 1 : 0;
                }
            }
        }
        turns.in(chunk.index(), () -> {
            if (sum.isEmpty()) {
                sum = Optional.of(new GramAccumulator(channels));
            }
            sum.get().add(passing, samples * positions.length);
        });
    }

    @Override
    public void abort() {
        turns.abort();
    }

    /** What was gathered, once all chunks are in; empty if there was no position. */
    Optional<GramMatrix> result() {
        return sum.map(GramAccumulator::gram);
    }
}
