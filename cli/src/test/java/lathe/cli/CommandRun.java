package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import lathe.testdata.TestData;

/** What one command line gave. */
public record CommandRun(int code, String out, String err) {

    /** Runs a command line whose error stream is no terminal; compression times nothing, since times differ. */
    public static CommandRun of(Object... args) {
        return of(false, untimed(args));
    }

    /** The same with more words behind the first ones. */
    static CommandRun with(List<Object> first, Object... more) {
        List<Object> words = new ArrayList<>(first);
        words.addAll(List.of(more));
        return of(words.toArray());
    }

    /** The same with times. */
    public static CommandRun timed(Object... args) {
        return of(false, args);
    }

    /** Runs a command line as if on a terminal, without times. */
    static CommandRun onTerminal(Object... args) {
        return of(true, untimed(args));
    }

    private static Object[] untimed(Object... args) {
        List<Object> words = new ArrayList<>(List.of(args));
        if (words.indexOf("compress") == 0) {
            words.add(1, "--no-timing");
        }
        return words.toArray();
    }

    private static CommandRun of(boolean terminal, Object... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String[] words = new String[args.length];
        for (int i = 0; i < args.length; i++) {
            words[i] = args[i].toString();
        }
        int code = Main.run(stream(out), stream(err), terminal, words);
        return new CommandRun(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    /** The same, once the command has succeeded. */
    public CommandRun ok() {
        assertEquals(0, code, () -> "exit code; it said: " + err + out);
        return this;
    }

    public JsonObject json() {
        return JsonParser.parseString(out).getAsJsonObject();
    }

    /** SNR of the first output on fresh inputs, of what {@code compress} or {@code pack} answers. */
    public static double decibels(JsonObject answer) {
        return answer.getAsJsonObject("fidelity")
                .getAsJsonArray("outputs")
                .get(0)
                .getAsJsonObject()
                .getAsJsonObject("judged")
                .get("signalToNoiseDb")
                .getAsDouble();
    }

    /** Compresses a model with few inputs, whatever it loses. */
    static Path compressed(Path model, Path folder, Object... options) {
        Path small = folder.resolve("small.onnx");
        with(List.of("compress", model, "-o", small, "--force", "--images", 16, "--fallback", "none"), options)
                .ok();
        return small;
    }

    /** Writes the float form of a compressed model. */
    static Path floats(Path small, Path folder) {
        Path floats = folder.resolve("floats.onnx");
        of("unpack", small, "--float", "-o", floats, "--force").ok();
        return floats;
    }

    /** Copies a file of the test data into a folder. */
    public static Path testFile(String name, Path folder) throws IOException {
        Path file = folder.resolve(name.substring(name.lastIndexOf('/') + 1));
        return Files.write(file, TestData.bytes(name));
    }

    /** Copies one of the PP-OCR networks into a folder. */
    public static Path ocrModel(String name, Path folder) throws IOException {
        try (InputStream in = CommandRun.class.getResourceAsStream("/models/" + name)) {
            return Files.write(folder.resolve(name), in.readAllBytes());
        }
    }
}
