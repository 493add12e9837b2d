package lathe.engine.pipeline;

import java.util.Optional;
import java.util.OptionalInt;
import lathe.engine.grid.AffineFormat;
import lathe.engine.grid.WeightFormat;
import lathe.engine.grid.WeightFormat.Sharing;
import lathe.engine.layer.Layer;
import lathe.engine.prune.LayerShare;
import lathe.engine.prune.NetworkShare;
import lathe.engine.prune.Sparsity;
import lathe.engine.solve.Solver;
import lathe.engine.task.LayerConfig;

/**
 * Options of the layers whose names match, in place of those of all layers. Empty ones are not overridden. Immutable.
 *
 * @param glob over layer names: {@code *} is any run of characters, {@code ?} any one
 * @param unchanged true to leave the layers in FP32, unless a later override gives them a format
 * @param format of the weights; its granularity and its zero points do not matter
 * @param granularity {@link Sharing#CHANNEL} or {@link Sharing#TENSOR}; replaces blocks too
 * @param block input channels that share a scale, or 0 for no blocks; more than 0 goes before {@code granularity}
 * @param asymmetric true for quantize with zero points, false for none
 * @param sparsity which weights become zero, apart from those of other layers; a {@link LayerShare} of 0 for none
 * @param solver that finds codes
 */
public record LayerOverride(
        String glob,
        boolean unchanged,
        Optional<WeightFormat> format,
        Optional<Sharing> granularity,
        OptionalInt block,
        Optional<Boolean> asymmetric,
        Optional<Sparsity> sparsity,
        Optional<Solver> solver) {

    public LayerOverride {
        if (unchanged && format.isPresent()) {
            throw new IllegalArgumentException(
                    "FP32 and %s for '%s'".formatted(format.get().name(), glob));
        }
        if (block.orElse(0) < 0) {
            throw new IllegalArgumentException(
                    "blocks of %d input channels for '%s'".formatted(block.getAsInt(), glob));
        }
        if (sparsity.filter(NetworkShare.class::isInstance).isPresent()) {
            throw new IllegalArgumentException("a share of the whole network for '%s'".formatted(glob));
        }
        boolean whole = granularity.filter(sharing -> sharing == Sharing.TENSOR).isPresent();
        if (granularity.filter(sharing -> sharing == Sharing.BLOCK).isPresent() || (whole && block.orElse(0) > 0)) {
            throw new IllegalArgumentException("two scale granularities for '%s': %s and blocks of %d"
                    .formatted(glob, granularity.get(), block.orElse(0)));
        }
    }

    /** Changes nothing. */
    public static LayerOverride of(String glob) {
        return new LayerOverride(
                glob,
                false,
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** The same with layers left in FP32. */
    public LayerOverride inFloat() {
        return new LayerOverride(glob, true, Optional.empty(), granularity, block, asymmetric, sparsity, solver);
    }

    /** The same with integers of this many bits. */
    public LayerOverride withBits(int bits) {
        Optional<WeightFormat> integers = Optional.of(WeightFormat.perChannel(bits));
        return new LayerOverride(glob, false, integers, granularity, block, asymmetric, sparsity, solver);
    }

    /** True if it is meant for this layer. */
    public boolean matches(Layer layer) {
        return LayerGlob.of(glob).matches(layer);
    }

    /** True if it says how weights are stored, or that they are not changed. */
    boolean setsWeights() {
        return unchanged || format.isPresent();
    }

    /** The configuration of a layer with this glob, where it would have been another. */
    LayerConfig applied(LayerConfig config) {
        LayerConfig changed = config.withFormat(config.format().map(this::applied));
        if (sparsity.isPresent()) {
            changed = changed.withSparsity(sparsity.filter(target -> !target.equals(new LayerShare(0))));
        }
        return solver.isPresent() ? changed.withSolver(solver.get()) : changed;
    }

    /** The format of a layer with this glob, where it would have been another. */
    WeightFormat applied(WeightFormat before) {
        WeightFormat changed = format.map(wanted -> wanted instanceof AffineFormat
                        ? before.withBits(wanted.bits())
                        : wanted.with(before.sharing(), before.block()))
                .orElse(before);
        if (granularity.isPresent()) {
            changed = granularity.get() == Sharing.TENSOR ? changed.perTensor() : changed.perChannel();
        }
        if (block.isPresent()) {
            changed = blocked(changed, block.getAsInt());
        }
        if (asymmetric.isPresent()) {
            changed = asymmetric.get() ? changed.asymmetric() : changed.withoutZeroPoints();
        }
        return changed;
    }

    private static WeightFormat blocked(WeightFormat format, int block) {
        if (block > 0) {
            return format.perBlock(block);
        }
        return format.sharing() == Sharing.BLOCK ? format.perChannel() : format;
    }
}
