package lathe.bench;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Compresses one network in several ways, as a user does, and prints a row for each: what real images say of the
 * result. SNR is that of all outputs; seconds and peak memory are those of {@code lathe compress}.
 *
 * <pre>{@code
 * java -cp 'bench/target/classes:bench/target/lib/*' lathe.bench.Fidelity MODEL IMAGES LABELS SCALING [OPTIONS]...
 * }</pre>
 *
 * IMAGES and LABELS are those of {@code lathe evaluate}; SCALING is an argument such as {@code '--input-range -1,1'},
 * given to both commands; each OPTIONS is one argument with options of {@code lathe compress}, {@code ''} for none.
 */
public final class Fidelity {

    private final Path model;
    private final String images;
    private final String labels;
    private final List<String> scaling;
    private final Path small;

    private Fidelity(List<String> arguments) throws IOException {
        model = Path.of(arguments.get(0));
        images = arguments.get(1);
        labels = arguments.get(2);
        scaling = words(arguments.get(3));
        small = Files.createTempDirectory("lathe-bench").resolve("small.onnx");
    }

    /**
     * Prints the table.
     *
     * @param arguments see the class
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length < 4) {
            System.err.println("needs MODEL IMAGES LABELS SCALING [OPTIONS]...");
            System.exit(2);
        }
        Fidelity fidelity = new Fidelity(List.of(arguments));
        System.out.println(
                "| options | FP32 top-1 % | top-1 % | agreement % | SNR dB | size ratio | seconds | peak MB |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        List<String> sets =
                arguments.length == 4 ? List.of("") : Arrays.asList(arguments).subList(4, arguments.length);
        for (String options : sets) {
            System.out.println(fidelity.row(options));
        }
        fidelity.clear();
    }

    private void clear() throws IOException {
        Files.deleteIfExists(small);
        Files.delete(small.getParent());
    }

    private String row(String options) throws IOException, InterruptedException {
        String name = options.isEmpty() ? "default" : "`" + options + "`";
        CommandRun compress = CommandRun.of(command(
                Stream.of("compress", model.toString(), "-o", small.toString(), "--force", "--quiet"),
                words(options).stream()));
        if (compress.exitCode() != 0) {
            return "| %s | failed: %s |".formatted(name, compress.output().strip());
        }
        CommandRun evaluate = CommandRun.of(command(
                Stream.of("evaluate", small.toString(), "--reference", model.toString(), "--json"),
                Stream.of("--images", images, "--labels", labels)));
        if (evaluate.exitCode() != 0) {
            return "| %s | failed: %s |".formatted(name, evaluate.output().strip());
        }
        JsonObject answer = JsonParser.parseString(evaluate.output()).getAsJsonObject();
        return String.format(
                Locale.ROOT,
                "| %s | %.2f | %.2f | %.2f | %.1f | %.3f | %.1f | %d |",
                name,
                100 * answer.get("referenceTop1").getAsDouble(),
                100 * answer.get("top1").getAsDouble(),
                100 * answer.get("agreement").getAsDouble(),
                answer.get("signalToNoiseDb").getAsDouble(),
                (double) Files.size(small) / Files.size(model),
                compress.seconds(),
                compress.peakKilobytes() / 1024);
    }

    private List<String> command(Stream<String> start, Stream<String> rest) {
        Stream<String> words = Stream.concat(Stream.of("./lathe"), Stream.concat(start, scaling.stream()));
        return Stream.concat(words, rest).toList();
    }

    private static List<String> words(String text) {
        return Stream.of(text.strip().split("\\s+", -1))
                .filter(word -> !word.isEmpty())
                .toList();
    }
}
