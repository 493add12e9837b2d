package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A dry run tells what the real run does, and does nothing. */
class DryRunTest {

    @TempDir
    Path folder;

    private CommandRun compress(Path model, String options, String... more) {
        List<Object> words = new ArrayList<>(List.of("compress", model));
        Stream.concat(Arrays.stream(options.split(" ")), Arrays.stream(more))
                .filter(word -> !word.isEmpty())
                .forEach(words::add);
        return CommandRun.of(words.toArray());
    }

    @ParameterizedTest
    @CsvSource({
        "fashion-mobilenet, ''",
        "fashion-small, --weights 4",
        "fashion-mobilenet, --weights 8 --activations 4 --ends 4",
        "fashion-small, --weights 2",
        "fashion-small, --weights 6",
        "fashion-small, --weights 4 --sparsity 0.7",
        "fashion-small, --weights nf4",
        "fashion-mobilenet, --weights fp8-e4m3",
        "fashion-small, --weights float --sparsity 0.5",
        "fashion-mobilenet, --granularity tensor --equalization none --activations none",
        "fashion-small, --exclude *conv2* --exclude /classifier/*",
    })
    void tellsWhatTheRealRunDoes(String name, String options) throws IOException {
        assertTellsWhatTheRealRunDoes(name, options);
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({
        "fashion-mobilenet-folded, --activations none",
        "fashion-mobilenet, --weights 4 --activations 8",
        "fashion-mobilenet, --weights 2 --activations 8",
        "fashion-small, --weights 4 --asymmetric true",
        "fashion-small, --weights 3 --ends 2",
        "fashion-mobilenet, --weights nf4 --weight-form dequantize --block 16",
        "fashion-mobilenet, --weights fp8-e5m2 --weight-form dequantize --activations 8",
        "fashion-mobilenet, --weights 4 --block 16",
        "fashion-mobilenet, --weights 4 --sparsity 2:4",
        "fashion-small, ''",
    })
    void tellsItOfEveryFormat(String name, String options) throws IOException {
        assertTellsWhatTheRealRunDoes(name, options);
    }

    private void assertTellsWhatTheRealRunDoes(String name, String options) throws IOException {
        Path model = CommandRun.testFile(name + ".onnx", folder);
        JsonObject planned =
                compress(model, options, "--dry-run", "--json").ok().json();
        JsonObject real = compress(
                        model, options, "--images", "2", "--solver", "nearest", "--fallback", "none", "--json")
                .json(); // a few of these are wrecked
        long predicted = planned.get("predictedBytes").getAsLong();
        long bytes = real.get("bytesAfter").getAsLong();
        boolean prunes = options.contains("sparsity"); // more weights become 0 than those that are pruned
        assertEquals((double) bytes, (double) predicted, (prunes ? 0.02 : 0.01) * bytes, "bytes of the file");
        assertEquals(real.get("bytesBefore"), planned.get("bytesBefore"));
        assertEquals(real.get("output"), planned.get("output"));
        assertEquals(real.get("left"), planned.get("left"));
        assertEquals(real.get("passes"), planned.get("passes"));
        assertEquals(each(real, "layers", "name"), each(planned, "layers", "name"));
        assertEquals(each(real, "layers", "format"), each(planned, "layers", "format"));
        assertEquals(each(real, "layers", "bits"), each(planned, "layers", "bits"));
        assertEquals(each(real, "layers", "bytesBefore"), each(planned, "layers", "bytesBefore"));
        List<JsonElement> found = each(real, "layers", "bytesAfter");
        List<JsonElement> expected = each(planned, "layers", "bytesAfter");
        if (options.contains("--weights 2") || options.contains("--weights 3")) {
            for (int layer = 0;
                    layer < found.size();
                    layer++) { // so many weights may happen to be 0 that they are left out
                assertTrue(found.get(layer).getAsLong() <= expected.get(layer).getAsLong(), "layer " + layer);
            }
        } else if (!prunes) {
            assertEquals(expected, found);
        }
        assertEquals(each(real, "activations", "value"), each(planned, "activations", "value"));
        assertEquals(each(real, "activations", "bits"), each(planned, "activations", "bits"));
    }

    private static List<JsonElement> each(JsonObject answer, String list, String field) {
        return answer.getAsJsonArray(list).asList().stream()
                .map(entry -> entry.getAsJsonObject().get(field))
                .toList();
    }

    @Test
    void saysItInWordsAndWritesNothing() throws IOException {
        Path model = CommandRun.testFile("fashion-resnet.onnx", folder);
        CommandRun run = compress(model, "--dry-run --exclude *classifier*").ok();
        for (String said : List.of(
                "/stem/stem.0/Conv",
                "21 activations would be quantized: 21 to 8 bits",
                "Would be left unchanged",
                "excluded by '*classifier*'",
                "718 kB -> about ",
                "would be written to " + folder.resolve("fashion-resnet.int8.onnx"))) {
            assertTrue(run.out().contains(said), () -> said + " is missing in\n" + run.out());
        }
        assertEquals("", run.err());
        assertEquals(List.of("fashion-resnet.onnx"), files());
        assertTrue(compress(model, "--dry-run --activations none").out().contains("Activations stay in float."));
        assertTrue(compress(model, "--dry-run --low-rank 10%")
                .err()
                .contains("layers and sizes are those of the whole network"));
    }

    @Test
    void anOutputThatIsThereIsAWarningOnly() throws IOException {
        Path model = CommandRun.testFile("odd/conv-valid.onnx", folder);
        Path output = Files.writeString(folder.resolve("conv-valid.int8.onnx"), "precious");
        CommandRun run = compress(model, "--dry-run").ok();
        assertTrue(run.err().contains(output + " exists already; without --force"), run::err);
        assertEquals("", compress(model, "--dry-run --force").ok().err());
        assertEquals("precious", Files.readString(output));
    }

    @Test
    void countsExternalData() throws IOException {
        CommandRun.testFile("odd/external/external-data.data", folder);
        Path model = CommandRun.testFile("odd/external/external-data.onnx", folder);
        JsonObject planned = compress(model, "--dry-run --json").ok().json();
        JsonObject real = compress(model, "--json --images 2").ok().json();
        long bytes = real.get("bytesAfter").getAsLong();
        assertEquals((double) bytes, planned.get("predictedBytes").getAsDouble(), 0.05 * bytes);
    }

    /** What fails for real fails here, with the same code. */
    @ParameterizedTest
    @ValueSource(strings = {"--weights 9", "--exclude *"})
    void failsAsTheRealRunDoes(String options) throws IOException {
        Path model = CommandRun.testFile("odd/conv1d.onnx", folder);
        CommandRun planned = compress(model, options, "--dry-run");
        CommandRun real = compress(model, options);
        assertEquals(real.code(), planned.code());
        assertEquals(real.err(), planned.err());
        assertFalse(planned.code() == 0);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
