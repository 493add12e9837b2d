package lathe.synth.statistics;

import java.util.List;
import java.util.Optional;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.linalg.GramAccumulator;
import lathe.engine.linalg.LinearMap;
import lathe.synth.network.Tensor;

/**
 * Second moments of what a layer of one group reads in one network and writes in another, over {@link Positions#wanted} positions
 * drawn evenly from all samples. Thread-safe; the result does not depend on the threads.
 */
final class JointSink {

    private final Layer layer;
    private final long seed;
    private final LinearMap map;
    private final GramAccumulator accumulator;
    private final Turns turns = new Turns();
    private long samples;

    JointSink(Layer layer, long seed) {
        this.layer = layer;
        this.seed = seed;
        this.map = new LinearMap(layer.matrices().get(0));
        this.accumulator = new GramAccumulator(layer.cols() + layer.rows());
    }

    /**
     * Takes in one chunk.
     *
     * @param written what the layer reads where it writes W x
     * @param read what it reads in the other network, of the same shape
     */
    void accept(Sink.Chunk chunk, Tensor written, Tensor read) {
        if (written.size() == 0) {
            turns.in(chunk.index(), () -> {});
            return;
        }
        PatchOffsets patches = PatchOffsets.drawn(layer, written.dims(), chunk, seed);
        float[] joint = joint(written, read, patches);
        turns.in(chunk.index(), () -> {
            accumulator.add(joint, patches.positions());
            samples += patches.positions();
        });
    }

    private float[] joint(Tensor written, Tensor read, PatchOffsets patches) {
        int cols = layer.cols();
        int rows = layer.rows();
        int positions = patches.positions();
        PatchGather gather = PatchGather.byGroup(1, cols / patches.taps(), patches.taps(), positions);
        float[] z = new float[positions * cols];
        gather.gather(written.floats(), patches, 0, positions, z);
        float[] y = map.apply(z, positions);
        gather.gather(read.floats(), patches, 0, positions, z);
        float[] joint = new float[positions * (cols + rows)];
        for (int i = 0; i < positions; i++) {
            System.arraycopy(z, i * cols, joint, i * (cols + rows), cols);
            System.arraycopy(y, i * rows, joint, i * (cols + rows) + cols, rows);
        }
        return joint;
    }

    void abort() {
        turns.abort();
    }

    /** What was gathered, once all chunks are in; empty if there was nothing. */
    Optional<InputStatistics> result() {
        return samples == 0
                ? Optional.empty()
                : Optional.of(new InputStatistics(List.of(accumulator.gram()), List.of(accumulator.mean()), samples));
    }
}
