package lathe.engine.pipeline;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import lathe.engine.grid.ActivationRange;
import lathe.engine.grid.Processor;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Layer;
import lathe.engine.prune.LayerShare;
import lathe.engine.prune.Sparsity;
import lathe.engine.qdq.QdqRewrite;
import lathe.engine.qdq.WeightForm;

/**
 * What to do to a network, apart from how to solve a layer and where statistics come from.
 *
 * @param weights how weights are stored; empty for floats, which makes sense where they are pruned
 * @param sparsity which weights become zero; empty for none but those that are
 * @param endBits bits that weights and inputs of the first and the last layer get at least, where they are to get fewer
 * @param activationBits bits per activation, 4 to 8, or empty to leave activations in float; what the first and the
 *     last layer read takes at least {@code endBits}
 * @param activationRange how the range of an activation is chosen
 * @param processor that 8-bit kernels have to be exact on
 * @param exclude globs over layer names: {@code *} is any run of characters, {@code ?} any one
 * @param overrides what single layers get instead; several may name one layer, later ones win, option by option
 * @param threads worker threads, at least 1; the result does not depend on it
 * @param memory for the Gram matrices: with less, layers are measured in more batches; the result does not depend on it
 * @param weightForm how weights of layers that compute in float are written
 */
public record CompressionOptions(
        Optional<WeightFormat> weights,
        Optional<Sparsity> sparsity,
        int endBits,
        OptionalInt activationBits,
        ActivationRange activationRange,
        Processor processor,
        List<String> exclude,
        List<LayerOverride> overrides,
        int threads,
        MemoryBudget memory,
        WeightForm weightForm) {

    /** 8-bit weights and activations, activations clipped with caution, all layers alike, one thread. */
    public static final CompressionOptions DEFAULT = new CompressionOptions(
            Optional.of(WeightFormat.perChannel(8)),
            Optional.empty(),
            8,
            OptionalInt.of(8),
            ActivationRange.CAUTIOUS,
            Processor.ANY,
            List.of(),
            List.of(),
            1,
            MemoryBudget.DEFAULT,
            WeightForm.CAST);

    public CompressionOptions {
        exclude = List.copyOf(exclude);
        overrides = List.copyOf(overrides);
        boolean prunes = sparsity.isPresent()
                || overrides.stream().anyMatch(override -> override.sparsity().isPresent());
        if (weights.isEmpty() && !prunes) {
            throw new IllegalArgumentException("weights in float and none pruned: nothing to do");
        }
        if (weights.isEmpty() && activationBits.isPresent()) {
            throw new IllegalArgumentException("weights in float: integer kernels need integer weights, too");
        }
        if (threads < 1) {
            throw new IllegalArgumentException("%d threads; at least 1 is needed".formatted(threads));
        }
        if (endBits < QuantGrid.FEWEST_BITS || endBits > QuantGrid.MOST_BITS) {
            throw new IllegalArgumentException("%d bits for the first and last layer".formatted(endBits));
        }
        activationBits.ifPresent(bits -> {
            if (bits < 4 || bits > QuantGrid.MOST_BITS) {
                throw new IllegalArgumentException("%d-bit activations; 4 to 8 are supported".formatted(bits));
            }
        });
    }

    /** The same with weights stored another way. */
    public CompressionOptions withWeights(WeightFormat newWeights) {
        return new CompressionOptions(
                Optional.of(newWeights),
                sparsity,
                endBits,
                activationBits,
                activationRange,
                processor,
                exclude,
                overrides,
                threads,
                memory,
                weightForm);
    }

    /** The same with activations of this many bits, or in float. */
    public CompressionOptions withActivationBits(OptionalInt newBits) {
        return new CompressionOptions(
                weights,
                sparsity,
                endBits,
                newBits,
                activationRange,
                processor,
                exclude,
                overrides,
                threads,
                memory,
                weightForm);
    }

    /** The same with these layers left alone. */
    public CompressionOptions withExclude(List<String> globs) {
        return new CompressionOptions(
                weights,
                sparsity,
                endBits,
                activationBits,
                activationRange,
                processor,
                globs,
                overrides,
                threads,
                memory,
                weightForm);
    }

    /** The same with another number of worker threads. */
    public CompressionOptions withThreads(int newThreads) {
        return new CompressionOptions(
                weights,
                sparsity,
                endBits,
                activationBits,
                activationRange,
                processor,
                exclude,
                overrides,
                newThreads,
                memory,
                weightForm);
    }

    /** The same with other memory for the Gram matrices. */
    public CompressionOptions withMemory(MemoryBudget newMemory) {
        return new CompressionOptions(
                weights,
                sparsity,
                endBits,
                activationBits,
                activationRange,
                processor,
                exclude,
                overrides,
                threads,
                newMemory,
                weightForm);
    }

    /** The same with other options for single layers. */
    public CompressionOptions withOverrides(List<LayerOverride> newOverrides) {
        return new CompressionOptions(
                weights,
                sparsity,
                endBits,
                activationBits,
                activationRange,
                processor,
                exclude,
                newOverrides,
                threads,
                memory,
                weightForm);
    }

    /** The same with the weights of layers that compute in float written another way. */
    public CompressionOptions withWeightForm(WeightForm newForm) {
        return new CompressionOptions(
                weights,
                sparsity,
                endBits,
                activationBits,
                activationRange,
                processor,
                exclude,
                overrides,
                threads,
                memory,
                newForm);
    }

    /**
     * Which weights of a layer become zero: those of the last override for it, or else of all layers that have none,
     * together. Empty for none but those that are.
     */
    Optional<Sparsity> sparsityOf(Layer layer) {
        Optional<Sparsity> own = sparsity;
        for (LayerOverride override : overrides) {
            if (override.sparsity().isPresent() && override.matches(layer)) {
                own = override.sparsity();
            }
        }
        return own.filter(target -> !target.equals(new LayerShare(0)));
    }

    /** The operator set in which all these weights take the least room; in an older one they take more. */
    public long bestOpset() {
        long best = weights.map(QdqRewrite::bestOpset).orElse(QdqRewrite.OPSET);
        for (LayerOverride override : overrides) {
            long own = weights.map(override::applied).map(QdqRewrite::bestOpset).orElse(best);
            best = Math.max(best, own);
        }
        return best;
    }
}
