package lathe.engine.pipeline;

import java.util.Optional;
import java.util.OptionalInt;
import lathe.engine.grid.QuantGrid;
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
 * @param bits of a weight, 2 to 8, or {@value #FLOAT} to leave the layer in FP32
 * @param granularity {@link Sharing#CHANNEL} or {@link Sharing#TENSOR}; replaces blocks too
 * @param block input channels that share a scale, or 0 for no blocks; more than 0 goes before {@code granularity}
 * @param asymmetric true for quantize with zero points, false for none
 * @param sparsity which weights become zero, apart from those of other layers; a {@link LayerShare} of 0 for none
 * @param solver that finds codes
 */
public record LayerOverride(
        String glob,
        OptionalInt bits,
        Optional<Sharing> granularity,
        OptionalInt block,
        Optional<Boolean> asymmetric,
        Optional<Sparsity> sparsity,
        Optional<Solver> solver) {

    /** The bits of a weight that stays as it is. */
    public static final int FLOAT = 32;

    public LayerOverride {
        int most = bits.orElse(QuantGrid.MOST_BITS);
        if (most != FLOAT && (most < QuantGrid.FEWEST_BITS || most > QuantGrid.MOST_BITS)) {
            throw new IllegalArgumentException("%d bits for '%s'".formatted(most, glob));
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
                OptionalInt.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** The same with this many bits of a weight. */
    public LayerOverride withBits(int newBits) {
        return new LayerOverride(glob, OptionalInt.of(newBits), granularity, block, asymmetric, sparsity, solver);
    }

    /** The same with these weights zero. */
    public LayerOverride withSparsity(Optional<Sparsity> newSparsity) {
        return new LayerOverride(glob, bits, granularity, block, asymmetric, newSparsity, solver);
    }

    /** The same with another solver. */
    public LayerOverride withSolver(Optional<Solver> newSolver) {
        return new LayerOverride(glob, bits, granularity, block, asymmetric, sparsity, newSolver);
    }

    /** True if it is meant for this layer. */
    public boolean matches(Layer layer) {
        return LayerGlob.of(glob).matches(layer);
    }

    /** True if the layers stay in FP32, unless a later override says otherwise. */
    boolean keepsFloat() {
        return bits.orElse(0) == FLOAT;
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
    WeightFormat applied(WeightFormat format) {
        WeightFormat changed = keepsFloat() || bits.isEmpty() ? format : format.withBits(bits.getAsInt());
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
