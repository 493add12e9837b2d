package lathe.synth.statistics;

import java.nio.FloatBuffer;
import java.util.Optional;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.synth.network.Tensor;

/**
 * How often each output of a layer is drawn by the indices that it reads. Counts are whole numbers, so the order of
 * chunks does not matter.
 */
final class DrawSink implements LayerSink {

    private final Layer layer;
    private final long[] counts;
    private long draws;

    DrawSink(Layer layer) {
        this.layer = layer;
        this.counts = new long[layer.rows()];
    }

    /** Indices may count from the end, as negative numbers. */
    @Override
    public void accept(Chunk chunk, Tensor value) {
        FloatBuffer indices = value.values();
        synchronized (counts) {
            for (int i = indices.position(); i < indices.limit(); i++) {
                int index = (int) indices.get(i);
                counts[index < 0 ? index + counts.length : index]++;
                draws++;
            }
        }
    }

    @Override
    public Optional<InputStatistics> result() {
        synchronized (counts) {
            return draws == 0 ? Optional.empty() : Optional.of(InputStatistics.ofDraws(counts, layer.cols()));
        }
    }
}
