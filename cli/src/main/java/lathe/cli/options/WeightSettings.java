package lathe.cli.options;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.WeightFormat;
import lathe.engine.grid.WeightFormat.Sharing;
import lathe.engine.pipeline.LayerOverride;
import lathe.engine.qdq.WeightForm;

/** The options that say how weights are stored, of all layers and of single ones. */
public final class WeightSettings {

    private static final String BITS = "weights";
    private static final String GRANULARITY = "granularity";
    private static final String BLOCK = "block";
    private static final String ASYMMETRIC = "asymmetric";
    private static final String FLOAT = "float";
    /** At this many bits or fewer, asymmetric quantization is the default. */
    private static final int COARSE = 3;

    private static final String[] BLOCKS = {"none", "16", "32", "64"};

    /** What a layer may have of its own; there {@code weights} may be {@code float}, too. */
    static final List<CommandOption> OF_LAYERS = List.of(
            CommandOption.value(BITS, "BITS", "8", "bits per weight, 2 to 8, or float"),
            CommandOption.value(GRANULARITY, "channel|tensor", "channel", "one scale per output channel or per tensor"),
            CommandOption.value(BLOCK, "16|32|64", "none", "one scale per group of this many input channels"),
            CommandOption.value(
                    ASYMMETRIC, "true|false", "true at 2 or 3 bits, else false", "quantize with zero points"));

    private static final CommandOption ENDS = CommandOption.value(
            "ends",
            "BITS",
            "8",
            "bits of embeddings, and of weights and inputs of the first and last layer, if more than elsewhere");

    /** How weights of layers that compute in float are written. */
    public static final CommandOption FORM = CommandOption.value(
            "weight-form",
            "cast|dequantize",
            "cast",
            "how quantized weights of layers that compute in float are written: as Cast and Mul, which ONNX Runtime folds"
                    + " at load, or as DequantizeLinear, which other tools support; same values and size");

    private WeightSettings() {}

    /** What all layers may have, in the order of the help. */
    public static List<CommandOption> options() {
        List<CommandOption> options = new ArrayList<>(OF_LAYERS);
        options.add(1, ENDS);
        return options;
    }

    /** The format of all weights; empty for floats. */
    public static Optional<WeightFormat> of(Arguments arguments) {
        if (arguments.text(BITS).filter(FLOAT::equals).isPresent()) {
            return Optional.empty();
        }
        WeightFormat format = WeightFormat.perChannel(bits(arguments, BITS));
        String block = block(arguments);
        WeightFormat shared = granularity(arguments).equals("tensor")
                ? format.perTensor()
                : block.equals("none") ? format : format.perBlock(Integer.parseInt(block));
        return Optional.of(asymmetric(arguments, format.bits() <= COARSE) ? shared.asymmetric() : shared);
    }

    /** Bits that the first and the last layer get at least. */
    public static int ends(Arguments arguments) {
        return bits(arguments, ENDS.name());
    }

    /** How weights of layers that compute in float are written. */
    public static WeightForm form(Arguments arguments) {
        return arguments.choice(FORM.name(), "cast", "cast", "dequantize").equals("cast")
                ? WeightForm.CAST
                : WeightForm.DEQUANTIZE;
    }

    private static int bits(Arguments arguments, String option) {
        return arguments.count(option, QuantGrid.MOST_BITS, QuantGrid.FEWEST_BITS, QuantGrid.MOST_BITS);
    }

    private static boolean asymmetric(Arguments arguments, boolean otherwise) {
        return Boolean.parseBoolean(arguments.choice(ASYMMETRIC, String.valueOf(otherwise), "true", "false"));
    }

    private static String granularity(Arguments arguments) {
        return arguments.choice(GRANULARITY, "channel", "channel", "tensor");
    }

    /** @throws CommandException if there are blocks, and one scale for all of a layer too */
    private static String block(Arguments arguments) {
        String block = arguments.choice(BLOCK, "none", BLOCKS);
        if (granularity(arguments).equals("tensor") && !block.equals("none")) {
            throw CommandException.badInput(arguments.labelled(
                    "--granularity tensor and --block %s exclude each other: give one of them".formatted(block)));
        }
        return block;
    }

    /** What single layers get instead, where only that is given. */
    public static LayerOverride override(String glob, Arguments arguments) {
        String block = block(arguments);
        return new LayerOverride(
                glob,
                layerBits(arguments),
                arguments.text(GRANULARITY).map(word -> word.equals("tensor") ? Sharing.TENSOR : Sharing.CHANNEL),
                arguments.text(BLOCK).isEmpty()
                        ? OptionalInt.empty()
                        : OptionalInt.of(block.equals("none") ? 0 : Integer.parseInt(block)),
                arguments.text(ASYMMETRIC).map(word -> asymmetric(arguments, false)),
                SparsitySettings.ofLayer(arguments),
                SolverSettings.ofLayer(arguments));
    }

    private static OptionalInt layerBits(Arguments arguments) {
        if (arguments.text(BITS).isEmpty()) {
            return OptionalInt.empty();
        }
        String[] allowed = Stream.concat(
                        IntStream.rangeClosed(QuantGrid.FEWEST_BITS, QuantGrid.MOST_BITS)
                                .mapToObj(String::valueOf),
                        Stream.of(FLOAT))
                .toArray(String[]::new);
        String word = arguments.choice(BITS, FLOAT, allowed);
        return OptionalInt.of(word.equals(FLOAT) ? LayerOverride.FLOAT : Integer.parseInt(word));
    }

    /** What a file may set in vain, since the command line says otherwise under another name. */
    public static Set<String> overruled(Arguments typed) {
        if (typed.text(GRANULARITY).isPresent()) {
            return Set.of(BLOCK);
        }
        Optional<String> block = typed.text(BLOCK).filter(word -> !word.equals("none"));
        return block.isPresent() ? Set.of(GRANULARITY) : Set.of();
    }

    /** The options by name, for the record. */
    public static Map<String, String> listed(Optional<WeightFormat> format, int ends) {
        Map<String, String> listed = new LinkedHashMap<>();
        if (format.isEmpty()) {
            listed.put(BITS, FLOAT);
            return listed;
        }
        WeightFormat weights = format.get();
        listed.put(BITS, String.valueOf(weights.bits()));
        listed.put(ENDS.name(), String.valueOf(ends));
        listed.put(GRANULARITY, weights.sharing() == Sharing.TENSOR ? "tensor" : "channel");
        listed.put(BLOCK, weights.block() == 0 ? "none" : String.valueOf(weights.block()));
        listed.put(ASYMMETRIC, String.valueOf(!weights.symmetric()));
        return listed;
    }
}
