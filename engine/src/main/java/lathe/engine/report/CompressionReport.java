package lathe.engine.report;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import lathe.engine.layer.ChannelCounts;
import lathe.engine.layer.Inventory;

/**
 * What a compression did, in full. The same run gives the same report, but for {@link LayerReport#seconds}.
 *
 * @param provenance where the result came from
 * @param passes what the rewrites before compression changed, or left, and why
 * @param channels of the layers that lost some, or became two of low rank, before and after
 * @param keptChannels why channels stay; empty if none were looked for
 * @param assumptions what was assumed about the network's inputs
 * @param layers what was compressed, in graph order
 * @param inventory where the constant bytes are: in the layers, or left as they are, and why
 * @param refinements what was changed after the layers were solved, and what that did to the network's outputs
 * @param activations quantized values, in graph order
 * @param warnings what a user should know before trusting the result
 */
public record CompressionReport(
        RunProvenance provenance,
        List<String> passes,
        List<ChannelCounts> channels,
        Optional<KeptChannels> keptChannels,
        List<String> assumptions,
        List<LayerReport> layers,
        Inventory inventory,
        List<String> refinements,
        List<ActivationReport> activations,
        List<String> warnings) {

    public CompressionReport {
        passes = List.copyOf(passes);
        channels = List.copyOf(channels);
        assumptions = List.copyOf(assumptions);
        layers = List.copyOf(layers);
        refinements = List.copyOf(refinements);
        activations = List.copyOf(activations);
        warnings = List.copyOf(warnings);
    }

    /** The same with more to know before trusting the result, said first. */
    public CompressionReport withWarnings(List<String> first) {
        List<String> all = Stream.concat(first.stream(), warnings.stream()).toList();
        return new CompressionReport(
                provenance,
                passes,
                channels,
                keptChannels,
                assumptions,
                layers,
                inventory,
                refinements,
                activations,
                all);
    }
}
