package lathe.cli.options;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.engine.grid.AffineFormat;
import lathe.engine.grid.CodebookFormat;
import lathe.engine.grid.CodedFormat;
import lathe.engine.grid.FloatFormat;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.TableFormat;
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
    /** Bits of which two weights fill a byte. */
    private static final int HALF_A_BYTE = 4;
    /** Inputs that share a scale where a kernel reads codes as they are, if nothing else is said. */
    private static final String PRODUCT_BLOCK = "32";
    /** Up to this many bits there are formats of fitted levels. */
    private static final int FITTED = 6;
    /** Bits of a format without integers: one of the two would be 0. */
    private static final int SINGLE = 1;

    /** Steps of layers in an archive: so many, each this many dB finer than the one before. */
    private static final int CODED = 36;

    private static final double CODED_STEP = 1.5;

    /** Formats other than integers. */
    private static final List<WeightFormat> NAMED = Stream.of(
                    IntStream.rangeClosed(SINGLE, COARSE).mapToObj(TableFormat::midrise),
                    IntStream.rangeClosed(QuantGrid.FEWEST_BITS, FITTED).mapToObj(TableFormat::lloyd),
                    Stream.of(TableFormat.NF4, FloatFormat.E4M3, FloatFormat.E5M2),
                    IntStream.rangeClosed(1, 2).mapToObj(CodebookFormat::of))
            .<WeightFormat>flatMap(formats -> formats)
            .toList();
    /** What weights may be, as the options say it. */
    private static final String[] WORDS = Stream.of(
                    IntStream.rangeClosed(SINGLE, QuantGrid.MOST_BITS).mapToObj(String::valueOf),
                    Stream.of(FLOAT),
                    NAMED.stream().map(WeightFormat::name))
            .flatMap(words -> words)
            .toArray(String[]::new);

    private static final String[] BLOCKS = {"none", "16", "32", "64", "128"};

    /** What a layer may have of its own. */
    static final List<CommandOption> OF_LAYERS = List.of(
            CommandOption.value(
                    BITS,
                    "1..8|float|midrise1..3|lloyd2..6|nf4|fp8-e4m3|fp8-e5m2|kernel-codebook|kernel-codebook2",
                    "8",
                    "bits per weight, for integers; 1 for midrise1; or float; or midrise1 to 3, integers plus 1/2; or lloyd2 to"
                            + " 6, levels fitted to each layer, in that many bits; or nf4, quantiles of a normal distribution"
                            + " in 4 bits; or 8-bit floats; or kernel-codebook, whole kernels chosen from a table of 256 that"
                            + " the network shares, 0.89 bits a weight at 3x3, and kernel-codebook2, from two tables"),
            CommandOption.value(GRANULARITY, "channel|tensor", "channel", "one scale per output channel or per tensor"),
            CommandOption.value(
                    BLOCK,
                    "16|32|64|128",
                    "none, 32 with --weight-form nbits",
                    "one scale per group of this many input channels"),
            CommandOption.value(
                    ASYMMETRIC,
                    "true|false",
                    "true at 2 or 3 bits, else false",
                    "quantize with zero points; integers only"));

    private static final String AUTO = "auto";

    private static final CommandOption ENDS = CommandOption.value(
            "ends",
            "2..8|auto",
            "auto",
            "bits of embeddings, and of weights and inputs of the first and last layer, if more than elsewhere; auto is 8,"
                    + " but not for weights of a first or last layer that holds more than a tenth of all; with --weights 4"
                    + " and no other word on their storage, 5 in a network with such an embedding");

    /** How weights of layers that compute in float are written. */
    public static final CommandOption FORM = CommandOption.value(
            "weight-form",
            "cast|dequantize|nbits|dynamic|archive",
            "cast",
            "how weights of layers that compute in float are written: cast in the fewest bytes, packed in as many bits as they"
                    + " have and without their zeros, which ONNX Runtime folds at load; dequantize as DequantizeLinear of"
                    + " ONNX's types of 8, 4 and 2 bits, which other tools support; same values; midrise, lloyd and nf4 are"
                    + " always a Gather from their levels; nbits for products with a matrix of 4 or 8 bits in blocks, which become"
                    + " MatMulNBits of ONNX Runtime and are computed from these codes, with inputs rounded to 8 bits, all else"
                    + " as cast; dynamic for products with a matrix of 8 bits, which become MatMulInteger, with inputs rounded to"
                    + " 8 bits in each run, all else as cast; archive as cast, but in whole bytes, which 'lathe pack' makes the"
                    + " least of: targets are then sizes of archives, and steps are chosen as fine as each layer needs them");

    /** The options beside the bits that say how weights are stored. */
    public static final List<String> STORAGE = List.of(GRANULARITY, BLOCK, ASYMMETRIC, ENDS.name(), FORM.name());

    private WeightSettings() {}

    /** What all layers may have, in the order of the help. */
    public static List<CommandOption> options() {
        List<CommandOption> options = new ArrayList<>(OF_LAYERS);
        options.add(1, ENDS);
        return options;
    }

    /** The format of all weights; empty for floats. */
    public static Optional<WeightFormat> of(Arguments arguments) {
        Optional<WeightFormat> asked = perChannel(arguments);
        if (asked.isEmpty()) {
            return Optional.empty();
        }
        WeightFormat format = asked.get();
        String block = block(arguments);
        boolean product = block.equals("none")
                || !(format instanceof AffineFormat)
                || (format.bits() != HALF_A_BYTE && format.bits() != QuantGrid.MOST_BITS);
        if (form(arguments) == WeightForm.NBITS && product) {
            throw CommandException.badInput(arguments.labelled(
                    "--weight-form nbits needs --weights 4 or 8, and a --block: MatMulNBits has integers of 4 and 8 bits in"
                            + " blocks"));
        }
        boolean whole = format instanceof AffineFormat && format.bits() == QuantGrid.MOST_BITS && block.equals("none");
        if (form(arguments) == WeightForm.DYNAMIC && (!whole || asymmetric(arguments, false))) {
            throw CommandException.badInput(arguments.labelled(
                    "--weight-form dynamic needs --weights 8, without --block and --asymmetric true"));
        }
        WeightFormat shared = granularity(arguments).equals("tensor")
                ? format.perTensor()
                : block.equals("none") ? format : format.perBlock(Integer.parseInt(block));
        return Optional.of(asymmetric(arguments, format.bits() <= COARSE) ? shared.asymmetric() : shared);
    }

    /**
     * The format by its name or bits, with one scale per output channel and no zero points; empty for floats.
     *
     * @throws CommandException if there are zero points, but no integers
     */
    private static Optional<WeightFormat> perChannel(Arguments arguments) {
        String word = arguments.choice(BITS, "8", WORDS);
        if (word.equals(FLOAT)) {
            return Optional.empty();
        }
        WeightFormat format = NAMED.stream()
                .filter(named -> named.name().equals(word))
                .findFirst()
                .orElseGet(() -> ofBits(Integer.parseInt(word)));
        if (!(format instanceof AffineFormat) && asymmetric(arguments, false)) {
            throw CommandException.badInput(arguments.labelled(
                    "--weights %s and --asymmetric true exclude each other: only integers of 2 to 8 bits have zero points"
                            .formatted(word)));
        }
        boolean shared =
                granularity(arguments).equals("tensor") || !block(arguments).equals("none");
        if (format instanceof CodebookFormat && shared) {
            throw CommandException.badInput(arguments.labelled(
                    "--weights %s has one scale per output channel: leave out --granularity and --block"
                            .formatted(word)));
        }
        return Optional.of(format);
    }

    private static WeightFormat ofBits(int bits) {
        return bits == SINGLE ? TableFormat.midrise(bits) : WeightFormat.perChannel(bits);
    }

    /**
     * What layers may get where bits are chosen, scales shared as asked for. Where nothing is said of zero points, levels of
     * 2 to {@value #FITTED} bits are fitted, which lose less for their bytes than integers, and 1 bit is mid-rise, which
     * loses less than fitted levels of 1 bit; all others are integers. For MatMulNBits, integers of 4 and 8 bits; for an
     * archive, in steps of any size.
     */
    public static List<WeightFormat> choices(Arguments arguments) {
        if (form(arguments) == WeightForm.ARCHIVE) {
            return IntStream.rangeClosed(1, CODED)
                    .<WeightFormat>mapToObj(step -> new CodedFormat(CODED_STEP * step))
                    .toList();
        }
        WeightFormat eight = of(arguments).orElseThrow();
        if (form(arguments) == WeightForm.NBITS) {
            return List.of(eight.withBits(HALF_A_BYTE), eight.withBits(QuantGrid.MOST_BITS));
        }
        boolean integers = arguments.text(ASYMMETRIC).isPresent() || form(arguments) == WeightForm.DEQUANTIZE;
        return IntStream.rangeClosed(integers ? QuantGrid.FEWEST_BITS : SINGLE, QuantGrid.MOST_BITS)
                .mapToObj(bits -> bits <= FITTED && !integers
                        ? table(bits).with(eight.sharing(), eight.block())
                        : asymmetric(arguments, bits <= COARSE)
                                ? eight.withBits(bits).asymmetric()
                                : eight.withBits(bits).withoutZeroPoints())
                .toList();
    }

    /** What layers may get beside these choices where 1 bit would be needed: codebooks, if there may be tables at all. */
    public static List<WeightFormat> coarse(List<WeightFormat> choices) {
        boolean tables = choices.stream()
                .anyMatch(format -> format instanceof TableFormat && format.sharing() == Sharing.CHANNEL);
        return tables ? List.of(CodebookFormat.of(1), CodebookFormat.of(2)) : List.of();
    }

    private static TableFormat table(int bits) {
        return bits == SINGLE ? TableFormat.midrise(bits) : TableFormat.lloyd(bits);
    }

    /** Bits that the first and the last layer get at least; empty for what suits them. */
    public static OptionalInt ends(Arguments arguments) {
        String bits = arguments.choice(ENDS.name(), AUTO, AUTO, "2", "3", "4", "5", "6", "7", "8");
        return bits.equals(AUTO) ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(bits));
    }

    /** How weights of layers that compute in float are written. */
    public static WeightForm form(Arguments arguments) {
        return WeightForm.valueOf(arguments
                .choice(FORM.name(), "cast", "cast", "dequantize", "nbits", "dynamic", "archive")
                .toUpperCase(Locale.ROOT));
    }

    private static boolean asymmetric(Arguments arguments, boolean otherwise) {
        return Boolean.parseBoolean(arguments.choice(ASYMMETRIC, String.valueOf(otherwise), "true", "false"));
    }

    private static String granularity(Arguments arguments) {
        return arguments.choice(GRANULARITY, "channel", "channel", "tensor");
    }

    /** @throws CommandException if there are blocks, and one scale for all of a layer too */
    private static String block(Arguments arguments) {
        String block = arguments.choice(BLOCK, form(arguments) == WeightForm.NBITS ? PRODUCT_BLOCK : "none", BLOCKS);
        if (granularity(arguments).equals("tensor") && !block.equals("none")) {
            throw CommandException.badInput(arguments.labelled(
                    "--granularity tensor and --block %s exclude each other: give one of them".formatted(block)));
        }
        return block;
    }

    /** What single layers get instead, where only that is given. */
    public static LayerOverride override(String glob, Arguments arguments) {
        String block = block(arguments);
        boolean given = arguments.text(BITS).isPresent();
        Optional<WeightFormat> format = perChannel(arguments).filter(any -> given);
        return new LayerOverride(
                glob,
                given && format.isEmpty(),
                format,
                arguments.text(GRANULARITY).map(word -> word.equals("tensor") ? Sharing.TENSOR : Sharing.CHANNEL),
                arguments.text(BLOCK).isEmpty()
                        ? OptionalInt.empty()
                        : OptionalInt.of(block.equals("none") ? 0 : Integer.parseInt(block)),
                arguments.text(ASYMMETRIC).map(word -> asymmetric(arguments, false)),
                SparsitySettings.ofLayer(arguments),
                SolverSettings.ofLayer(arguments));
    }

    /** What a file may set in vain, since the command line says otherwise under another name. */
    public static Set<String> overruled(Arguments typed) {
        if (typed.text(GRANULARITY).isPresent()) {
            return Set.of(BLOCK);
        }
        Optional<String> block = typed.text(BLOCK).filter(word -> !word.equals("none"));
        return block.isPresent() ? Set.of(GRANULARITY) : Set.of();
    }

    /**
     * The options by name, for the record. Where bits are chosen, whether there are zero points is said only if that was
     * typed, since the choice depends on it.
     */
    public static Map<String, String> listed(
            Arguments arguments, Optional<WeightFormat> format, OptionalInt ends, boolean chosen) {
        Map<String, String> listed = new LinkedHashMap<>();
        if (format.isEmpty()) {
            listed.put(BITS, FLOAT);
            return listed;
        }
        WeightFormat weights = format.get();
        if (!chosen) {
            listed.put(BITS, weights instanceof AffineFormat ? String.valueOf(weights.bits()) : weights.name());
            listed.put(ENDS.name(), ends.isPresent() ? String.valueOf(ends.getAsInt()) : AUTO);
        }
        listed.put(GRANULARITY, weights.sharing() == Sharing.TENSOR ? "tensor" : "channel");
        listed.put(BLOCK, weights.block() == 0 ? "none" : String.valueOf(weights.block()));
        if (!chosen || arguments.text(ASYMMETRIC).isPresent()) {
            listed.put(ASYMMETRIC, String.valueOf(!weights.symmetric()));
        }
        return listed;
    }
}
