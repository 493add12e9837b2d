package lathe.synth.statistics;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.linalg.DiagonalAccumulator;
import lathe.engine.linalg.GramAccumulator;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.linalg.MomentAccumulator;
import lathe.engine.linalg.Shrinkage;
import lathe.synth.network.Tensor;

/**
 * The Gram matrices of a layer's input, one per group, over {@link Positions#wanted} positions drawn evenly from all
 * samples, or over all positions if there are fewer.
 */
final class GramSink implements LayerSink {

    private static final int SMALL = 64;
    private static final int BLOCK_ELEMENTS = 1 << 18;
    private static final int BLOCK_POSITIONS = 1024;

    private final Layer layer;
    private final long seed;
    private final Turns turns = new Turns();
    private final List<MomentAccumulator> large = new ArrayList<>();
    private final Optional<GroupedGrams> small;
    private final List<Shrinkage> shrinkages = new ArrayList<>();
    private final List<float[]> pending = new ArrayList<>();
    private int pendingPositions;
    private long samples;

    GramSink(Layer layer, long seed) {
        this.layer = layer;
        this.seed = seed;
        if (layer.groups() > 1 && layer.cols() <= SMALL) {
            small = Optional.of(new GroupedGrams(layer.groups(), layer.cols()));
        } else {
            small = Optional.empty();
            for (int group = 0; group < layer.groups(); group++) {
                large.add(
                        layer.hasWholeGram()
                                ? new GramAccumulator(layer.cols())
                                : new DiagonalAccumulator(layer.cols()));
                shrinkages.add(new Shrinkage(layer.cols()));
            }
        }
    }

    @Override
    public void accept(Chunk chunk, Tensor value) {
        if (value.size() == 0) {
            turns.in(chunk.index(), () -> {});
            return;
        }
        PatchOffsets patches = PatchOffsets.drawn(layer, value.dims(), chunk, seed);
        if (small.isPresent()) {
            acceptSmall(chunk, value, patches, small.get());
        } else {
            acceptLarge(chunk, value, patches);
        }
    }

    private void acceptSmall(Chunk chunk, Tensor value, PatchOffsets patches, GroupedGrams total) {
        GroupedGrams part = new GroupedGrams(layer.groups(), layer.cols());
        int columns = layer.groups() * layer.cols();
        int block = Math.max(1, Math.min(GroupedGrams.LARGEST_BLOCK, BLOCK_ELEMENTS / columns));
        PatchGather gather = PatchGather.byPosition(layer.groups(), columns / patches.taps(), patches.taps());
        float[] x = value.floats();
        float[] gathered = new float[Math.min(block, patches.positions()) * columns];
        for (int from = 0; from < patches.positions(); from += block) {
            int to = Math.min(patches.positions(), from + block);
            gather.gather(x, patches, from, to, gathered);
            part.add(gathered, to - from);
        }
        turns.in(chunk.index(), () -> {
            total.merge(part);
            samples += patches.positions();
        });
    }

    private void acceptLarge(Chunk chunk, Tensor value, PatchOffsets patches) {
        int channels = layer.groups() * layer.cols() / patches.taps();
        float[] gathered = new float[patches.positions() * layer.groups() * layer.cols()];
        PatchGather.byGroup(layer.groups(), channels, patches.taps(), patches.positions())
                .gather(value.floats(), patches, 0, patches.positions(), gathered);
        List<float[][]> products = layer.hasWholeGram() && patches.positions() > 0
                ? IntStream.range(0, layer.groups())
                        .mapToObj(group -> Shrinkage.products(
                                gathered,
                                group * patches.positions(),
                                patches.positions(),
                                layer.cols(),
                                chunk.index()))
                        .toList()
                : List.of();
        turns.in(chunk.index(), () -> {
            for (int group = 0; group < products.size(); group++) {
                shrinkages.get(group).add(chunk.index(), products.get(group));
            }
            pending.add(gathered);
            pendingPositions += patches.positions();
            samples += patches.positions();
            if (pendingPositions >= BLOCK_POSITIONS) {
                flush();
            }
        });
    }

    /** Adds what is pending, group by group: few additions of many positions are cheaper than many of few. */
    private void flush() {
        int columns = layer.cols();
        float[] joined = new float[pendingPositions * columns];
        for (int group = 0; group < layer.groups() && pendingPositions > 0; group++) {
            int at = 0;
            for (float[] part : pending) {
                int length = part.length / layer.groups();
                System.arraycopy(part, group * length, joined, at, length);
                at += length;
            }
            large.get(group).add(joined, pendingPositions);
        }
        pending.clear();
        pendingPositions = 0;
    }

    @Override
    public void abort() {
        turns.abort();
    }

    @Override
    public Optional<InputStatistics> result() {
        if (samples == 0) {
            return Optional.empty();
        }
        if (small.isPresent()) {
            return Optional.of(small.get().statistics());
        }
        flush();
        List<GramMatrix> grams = new ArrayList<>();
        for (int group = 0; group < large.size(); group++) {
            GramMatrix gram = large.get(group).gram();
            grams.add(gram.withShrinkage(shrinkages.get(group).of(gram)));
        }
        List<double[]> means = large.stream().map(MomentAccumulator::mean).toList();
        return Optional.of(new InputStatistics(grams, means, samples));
    }
}
