package lathe.hostile;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lathe.cli.Main;
import lathe.engine.onnx.OnnxReader;

/**
 * The whole command on one file: {@code inspect}, then {@code compress} with few images and options as chosen. It ends
 * with 0, 2 or 3; unless 0, with one line that says why, and no file left behind.
 */
final class CommandRoute {

    private static final List<List<String>> OPTIONS = List.of(
            List.of(),
            List.of("--solver", "nearest"),
            List.of("--activations", "none"),
            List.of("--weights", "4"),
            List.of("--weights", "2", "--block", "16"),
            List.of("--granularity", "tensor"),
            List.of("--weights", "float", "--sparsity", "0.5"),
            List.of("--weights", "4", "--asymmetric", "true", "--sparsity", "2:4"),
            List.of("--synth", "gaussian"),
            List.of("--synth", "noise", "--activation-range", "mse"),
            List.of("--weights", "nf4"),
            List.of("--weights", "fp8-e4m3", "--sparsity", "0.5"));

    private final HostileFolder folder;
    private final Path model;
    private final Path output;

    CommandRoute(HostileFolder folder) {
        this.folder = folder;
        this.model = folder.path().resolve("model.onnx");
        this.output = folder.path().resolve("small.onnx");
    }

    /** What one run of the command did wrong; empty if nothing. {@code codes} counts exit codes. */
    Optional<String> failure(byte[] file, Choices choices, int[] codes) throws IOException {
        Files.write(model, file);
        Optional<String> inspection = run(codes, List.of("inspect", model.toString()));
        if (inspection.isPresent()) {
            return inspection;
        }
        Optional<String> compression = run(codes, compress(choices.of(OPTIONS)));
        if (compression.isPresent()) {
            return compression;
        }
        readAndDelete();
        Optional<String> decoding =
                run(codes, List.of("unpack", model.toString(), "--float16", "-o", output.toString()));
        if (decoding.isPresent()) {
            return decoding;
        }
        readAndDelete();
        return folder.leftover(model).map(name -> "left behind: " + name);
    }

    private void readAndDelete() throws IOException {
        if (Files.exists(output)) {
            OnnxReader.read(output);
            Files.delete(output);
            Files.deleteIfExists(folder.path().resolve("small.onnx.data"));
        }
    }

    private List<String> compress(List<String> options) {
        List<String> words = new ArrayList<>(
                List.of("compress", model.toString(), "-o", output.toString(), "--images", "2", "--threads", "1"));
        words.addAll(options);
        return words;
    }

    private Optional<String> run(int[] codes, List<String> words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        List<String> debugged = new ArrayList<>(words);
        int code = Main.run(stream(out), stream(err), false, words.toArray(String[]::new));
        codes[code]++;
        String said = err.toString(StandardCharsets.UTF_8);
        boolean oneLine = said.startsWith("lathe: ") && said.lines().count() == 1;
        boolean clean = code == 0 ? !said.contains("Exception:") : (code == 2 || code == 3) && oneLine && isClear(said);
        if (clean && (code == 0 || !Files.exists(output))) {
            return Optional.empty();
        }
        debugged.add("--debug");
        debugged.add("--force");
        ByteArrayOutputStream traced = new ByteArrayOutputStream();
        Main.run(stream(out), stream(traced), false, debugged.toArray(String[]::new));
        return Optional.of(
                "%s: exit code %d, %s%n%s".formatted(words, code, said, traced.toString(StandardCharsets.UTF_8)));
    }

    private static boolean isClear(String line) {
        return line.strip().length() > "lathe: ".length()
                && !line.contains("out of memory")
                && !line.contains("internal error")
                && !line.contains("Exception:") // ONNX Runtime names its own, in C++
                && !line.contains(": null");
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }
}
