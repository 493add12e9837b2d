package lathe.cli.commands;

import java.util.Optional;
import java.util.OptionalInt;
import lathe.cli.options.ConfigFile;
import lathe.cli.options.TargetSettings;
import lathe.cli.options.WeightSettings;
import lathe.cli.shell.Arguments;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.grid.AffineFormat;
import lathe.engine.grid.WeightFormat;
import lathe.engine.pipeline.CompressionOptions;
import lathe.engine.qdq.OrtTarget;
import lathe.engine.qdq.WeightForm;

/**
 * What 4-bit weights are for a network that reads tokens, where no option says how they are stored: matrices in blocks with
 * zero points that ONNX Runtime multiplies by as they are, and a table of words of 5 bits, since with 8 it would be most of
 * the file (bench/RESULTS.md, "Products computed from codes").
 */
final class TokenFormat {

    private static final String NOTE =
            "a table of words holds much of the weights, so it gets %d bits, and matrices %d in blocks of %d, as MatMulNBits of"
                    + " ONNX Runtime; --ends, --block, --asymmetric or --weight-form choose otherwise";

    private static final int BITS = 4;
    private static final int TABLE_BITS = 5;
    private static final int BLOCK = 32;

    private TokenFormat() {}

    /** The compression in this format; empty where it is not for this network, or options say another. */
    static Optional<Compression> of(Arguments arguments, Graph graph, Compression compression) {
        Optional<AffineFormat> weights = compression
                .options()
                .config()
                .format()
                .filter(AffineFormat.class::isInstance)
                .map(AffineFormat.class::cast)
                .filter(format -> format.bits() == BITS);
        boolean open = TargetSettings.of(arguments).isEmpty()
                && WeightSettings.STORAGE.stream()
                        .allMatch(name -> arguments.text(name).isEmpty())
                && compression.options().activationBits().isEmpty();
        if (weights.isEmpty() || !open || !readsLargeTable(graph)) {
            return Optional.empty();
        }
        ConfigFile recipe = compression
                .recipe()
                .with("weight-form", "nbits")
                .with("block", String.valueOf(BLOCK))
                .with("asymmetric", "true")
                .with("ends", String.valueOf(TABLE_BITS));
        return Optional.of(new Compression(
                compression.inputs(),
                compression
                        .options()
                        .withWeights(weights.get()
                                .with(WeightFormat.Sharing.BLOCK, BLOCK)
                                .asymmetric())
                        .withEndBits(OptionalInt.of(TABLE_BITS)),
                compression.channels(),
                compression.choices(),
                new OrtTarget(WeightForm.NBITS, compression.target().processor()),
                compression.equalize(),
                recipe));
    }

    static String note() {
        return NOTE.formatted(TABLE_BITS, BITS, BLOCK);
    }

    /** True if a table that indices choose rows of holds more of the weights than may have more bits without a word. */
    private static boolean readsLargeTable(Graph graph) {
        long all = graph.initializers().values().stream()
                .filter(constant -> constant.rank() >= 2)
                .mapToLong(Initializer::elements)
                .sum();
        return graph.nodes().stream()
                .filter(node -> node.is("Gather"))
                .map(node -> graph.constant(node, 0))
                .flatMap(Optional::stream)
                .filter(table -> table.rank() == 2)
                .anyMatch(table -> table.elements() > CompressionOptions.LARGEST_END * all);
    }
}
