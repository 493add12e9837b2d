package lathe.engine.pipeline;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import lathe.engine.grid.ActivationRange;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Layer;
import lathe.engine.target.Target;
import lathe.engine.task.LayerConfig;

/**
 * What to do to a network, apart from where statistics come from and what it is written for.
 *
 * @param config how layers are compressed; weights in float that are not pruned stay as they are
 * @param endBits bits that embeddings, and weights and inputs of the first and the last layer, get at least, where they are
 *     to get fewer; empty for {@value #END_BITS}, but only for layers that hold {@link #LARGEST_END} of all weights at most
 * @param activationBits bits per activation, 4 to 8, or empty to leave activations in float; what the first and the
 *     last layer read takes at least as many
 * @param activationRange how the range of an activation is chosen
 * @param exclude globs over layer names: {@code *} is any run of characters, {@code ?} any one
 * @param overrides what single layers get instead; several may name one layer, later ones win, option by option
 * @param threads worker threads, at least 1; the result does not depend on it
 * @param memory for the Gram matrices: with less, layers are measured in more batches; the result does not depend on it
 */
public record CompressionOptions(
        LayerConfig config,
        OptionalInt endBits,
        OptionalInt activationBits,
        ActivationRange activationRange,
        List<String> exclude,
        List<LayerOverride> overrides,
        int threads,
        MemoryBudget memory) {

    /** Bits of embeddings and of the first and last layer, where nothing is asked. */
    public static final int END_BITS = 8;

    /**
     * Share of a network's weights up to which its first or last layer has {@link #END_BITS} where nothing is asked: at 4
     * bits that makes the file a tenth larger at most. A classifier of half of all weights would make it half again as
     * large, which gains more in any other layer.
     */
    public static final double LARGEST_END = 0.1;

    /** 8-bit weights and activations, activations clipped with caution, all layers alike, one thread. */
    public static final CompressionOptions DEFAULT = new CompressionOptions(
            LayerConfig.of(WeightFormat.perChannel(8)),
            OptionalInt.empty(),
            OptionalInt.of(8),
            ActivationRange.CAUTIOUS,
            List.of(),
            List.of(),
            1,
            MemoryBudget.DEFAULT);

    public CompressionOptions {
        exclude = List.copyOf(exclude);
        overrides = List.copyOf(overrides);
        if (config.format().isEmpty() && activationBits.isPresent()) {
            throw new IllegalArgumentException("weights in float: integer kernels need integer weights, too");
        }
        if (threads < 1) {
            throw new IllegalArgumentException("%d threads; at least 1 is needed".formatted(threads));
        }
        endBits.ifPresent(bits -> {
            if (bits < QuantGrid.FEWEST_BITS || bits > QuantGrid.MOST_BITS) {
                throw new IllegalArgumentException("%d bits for the first and last layer".formatted(bits));
            }
        });
        activationBits.ifPresent(bits -> {
            if (bits < 4 || bits > QuantGrid.MOST_BITS) {
                throw new IllegalArgumentException("%d-bit activations; 4 to 8 are supported".formatted(bits));
            }
        });
    }

    /** True if weights of some layers become zero. */
    public boolean prunes() {
        return Stream.concat(
                        config.sparsity().stream(),
                        overrides.stream().flatMap(override -> override.sparsity().stream()))
                .anyMatch(sparsity -> sparsity.zeros() > 0);
    }

    /** True if weights of some layers are stored another way, or become zero; else only rewrites change the network. */
    public boolean changesWeights() {
        return config.format().isPresent() || prunes();
    }

    /** The same with layers compressed another way. */
    public CompressionOptions withConfig(LayerConfig other) {
        return new CompressionOptions(
                other, endBits, activationBits, activationRange, exclude, overrides, threads, memory);
    }

    /** The same with weights stored another way. */
    public CompressionOptions withWeights(WeightFormat format) {
        return withConfig(config.withFormat(Optional.of(format)));
    }

    /** The same with this many bits for embeddings and for the first and the last layer. */
    public CompressionOptions withEndBits(OptionalInt bits) {
        return new CompressionOptions(
                config, bits, activationBits, activationRange, exclude, overrides, threads, memory);
    }

    /** The same with activations of this many bits, or in float. */
    public CompressionOptions withActivationBits(OptionalInt bits) {
        return new CompressionOptions(config, endBits, bits, activationRange, exclude, overrides, threads, memory);
    }

    /** The same with these layers left alone. */
    public CompressionOptions withExclude(List<String> globs) {
        return new CompressionOptions(
                config, endBits, activationBits, activationRange, globs, overrides, threads, memory);
    }

    /** The same with another number of worker threads. */
    public CompressionOptions withThreads(int number) {
        return new CompressionOptions(
                config, endBits, activationBits, activationRange, exclude, overrides, number, memory);
    }

    /** The same with other memory for the Gram matrices. */
    public CompressionOptions withMemory(MemoryBudget budget) {
        return new CompressionOptions(
                config, endBits, activationBits, activationRange, exclude, overrides, threads, budget);
    }

    /** The same with other options for single layers. */
    public CompressionOptions withOverrides(List<LayerOverride> others) {
        return new CompressionOptions(
                config, endBits, activationBits, activationRange, exclude, others, threads, memory);
    }

    /** True if a layer has options of its own that say how its weights are stored. */
    boolean setsWeightsOf(Layer layer) {
        return overrides.stream().anyMatch(override -> override.setsWeights() && override.matches(layer));
    }

    /** The operator set in which a target stores all these weights in the least room; in an older one they take more. */
    public long bestOpset(Target target) {
        Optional<WeightFormat> weights = config.format();
        long best = weights.map(target::bestOpset).orElse(target.leastOpset());
        if (weights.isPresent() && endBits.orElse(0) > config.bits()) {
            WeightFormat ends = weights.get().withBits(endBits.getAsInt()).perChannel();
            best = Math.max(best, target.bestOpset(ends));
        }
        for (LayerOverride override : overrides) {
            long own = weights.map(override::applied).map(target::bestOpset).orElse(best);
            best = Math.max(best, own);
        }
        return best;
    }
}
