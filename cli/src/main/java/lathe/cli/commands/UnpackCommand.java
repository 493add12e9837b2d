package lathe.cli.commands;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import lathe.cli.models.ModelFiles;
import lathe.cli.models.ModelJob;
import lathe.cli.models.ModelSource;
import lathe.cli.models.ModelTarget;
import lathe.cli.models.ModelTarget.Unpacked;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Console;
import lathe.cli.shell.Figures;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.ContentSeal;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.qdq.Dequantization;

/** {@code lathe unpack}: the model that an archive was made of, with the same bytes or with weights as floats. */
final class UnpackCommand {

    private static final String FORCE = "force";
    private static final String FLOAT = "float";
    private static final String FLOAT16 = "float16";

    static final Command COMMAND = new Command(
            "unpack",
            "gives back the model in an archive, with the same bytes or with its weights as floats",
            List.of("ARCHIVE"),
            List.of(
                    "unpack mobilenet.lathe",
                    "unpack mobilenet.lathe -o model.onnx --force",
                    "unpack mobilenet.lathe --float16",
                    "unpack - -o model.onnx < mobilenet.lathe"),
            List.of(
                    CommandOption.value(
                                    ModelJob.OUTPUT,
                                    "FILE",
                                    "ARCHIVE.onnx, .float.onnx or .float16.onnx",
                                    "where to write the model; external data goes beside it, under its own name; - is"
                                            + " standard output, and as ARCHIVE standard input")
                            .withLetter('o'),
                    CommandOption.flag(
                            FLOAT,
                            "weights in FLOAT, the same values to the bit, for a runtime without DequantizeLinear; takes any"
                                    + " quantized ONNX file, too. Activations that are quantized stay so"),
                    CommandOption.flag(
                            FLOAT16,
                            "the same with weights in FLOAT16, rounded to nearest, and a Cast to FLOAT behind each; those that"
                                    + " would lose more than 60 dB stay in FLOAT"),
                    CommandOption.flag(FORCE, "replace files that exist").withLetter('f')),
            UnpackCommand::run);

    private UnpackCommand() {}

    /**
     * The answer.
     *
     * @param decoded null if the model has the bytes it had
     */
    private record Answer(
            String archive, List<String> files, long bytesBefore, long bytesAfter, double seconds, Decoded decoded) {}

    /** Tensors by what became of them, see {@link Dequantization.Result}. */
    private record Decoded(int floats, int halves, int tooCoarse, List<String> stillQuantized, long activations) {
        static Decoded of(Dequantization.Result result) {
            return new Decoded(result.floats(), result.halves(), result.coarse(), result.left(), result.activations());
        }
    }

    private static void run(Arguments arguments, Console console) throws IOException {
        boolean floats = arguments.has(FLOAT) || arguments.has(FLOAT16);
        if (arguments.has(FLOAT) && arguments.has(FLOAT16)) {
            throw CommandException.badInput("--float and --float16 exclude each other; leave one out");
        }
        String ending = (floats ? arguments.has(FLOAT) ? ".float" : ".float16" : "") + ModelFiles.ONNX;
        ModelJob job = ModelJob.of(arguments, console, file -> file.resolveSibling(ModelFiles.stem(file) + ending))
                .get(0);
        long start = System.nanoTime();
        ModelSource source = job.source(console);
        if (!floats && !source.isArchive()) {
            throw CommandException.badInput(
                    "%s: not an archive of 'lathe pack'; of an ONNX file, --float and --float16 decode the weights"
                            .formatted(source.name()));
        }
        job.target().check(arguments.has(FORCE));
        Optional<Dequantization.Result> decoded =
                floats ? Optional.of(decoded(source, arguments.has(FLOAT16))) : Optional.empty();
        Unpacked written = decoded.isPresent()
                ? write(decoded.get().graph(), job.target())
                : ModelFiles.readingOf(source.name(), () -> {
                    try (InputStream archive = source.open()) {
                        return job.target().unpack(archive, arguments.has(FORCE));
                    }
                });
        double seconds = (System.nanoTime() - start) / 1e9;
        console.answer(new Answer(
                source.name(),
                written.names(),
                source.size(),
                written.bytes(),
                seconds,
                decoded.map(Decoded::of).orElse(null)));
        console.say("%s: %s -> %s, %s"
                .formatted(
                        job.target().name(),
                        Figures.bytes(source.size()),
                        Figures.bytes(written.bytes()),
                        Figures.seconds(seconds)));
        decoded.ifPresent(result -> describe(result, console));
    }

    /** What the file says of the bits of its layers is no longer true; its seal is renewed when it is written. */
    private static Dequantization.Result decoded(ModelSource source, boolean half) throws IOException {
        Graph graph = source.read();
        boolean sealed = ContentSeal.of(graph) == ContentSeal.State.INTACT;
        Graph unnoted =
                graph.edit().withoutMetadata(CompressionPipeline.PRECISION).build();
        Graph asked = sealed ? ContentSeal.asked(unnoted) : unnoted;
        return ModelFiles.readingOf(
                source.name(), () -> half ? Dequantization.toFloat16(asked) : Dequantization.toFloat(asked));
    }

    private static Unpacked write(Graph graph, ModelTarget target) throws IOException {
        long bytes = target.write(graph).bytes();
        return new Unpacked(target instanceof ModelTarget.OfFile ? List.of(target.name()) : List.of(), bytes);
    }

    private static void describe(Dequantization.Result result, Console console) {
        console.say("%s now FLOAT, %s FLOAT16%s"
                .formatted(
                        Figures.plural(result.floats(), "constant"),
                        result.halves(),
                        result.coarse() == 0 ? "" : "; FLOAT16 is too coarse for " + result.coarse()));
        if (result.activations() > 0) {
            console.say("activations stay quantized: %s"
                    .formatted(Figures.plural(result.activations(), "QuantizeLinear node")));
        }
        if (!result.left().isEmpty()) {
            console.warn("%s quantized, such as '%s': computed by nodes that Lathe does not fold"
                    .formatted(
                            Figures.plural(result.left().size(), "constant") + " stay",
                            result.left().get(0)));
        }
    }
}
