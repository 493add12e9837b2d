package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import lathe.engine.graph.Initializer;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A table of 50 rows of 32 numbers, indexed by the network's input. */
class EmbeddingCommandTest {

    private static final String NAME = "/Gather_3";

    @TempDir
    Path folder;

    private Path model;
    private Path small;

    @BeforeEach
    void model() throws IOException {
        model = CommandRun.testFile("inputs/token-ids-and-mask.onnx", folder);
        small = folder.resolve("small.onnx");
    }

    private JsonObject layer(Object... options) {
        CommandRun run = CommandRun.with(List.of("compress", model, "-o", small, "--json", "--force"), options);
        for (JsonElement layer : run.json().getAsJsonArray("layers")) {
            if (layer.getAsJsonObject().get("name").getAsString().equals(NAME)) {
                return layer.getAsJsonObject();
            }
        }
        return new JsonObject();
    }

    @Test
    void isCompressedAndReportedLikeOtherLayers() throws IOException {
        JsonObject layer = layer();
        assertEquals("Gather", layer.get("kind").getAsString());
        assertEquals(8, layer.get("bits").getAsInt());
        assertEquals(50 * 32 * 4, layer.get("bytesBefore").getAsInt());
        assertTakes(50 * 32 + 50 * 4, layer);
        double error = layer.get("error").getAsDouble();
        assertTrue(error > 0 && error < 1e-4, layer::toString);
        assertTrue(Files.size(small) < 9000, () -> small.toString());
        String verified = CommandRun.of("verify", model, small, "--layers").ok().out();
        assertTrue(verified.contains(NAME), verified);
        assertTrue(CommandRun.of("inspect", small).ok().out().contains("already quantized"));
        assertTrue(CommandRun.of("inspect", model).ok().out().contains("Gather    50x32"));
    }

    /** A table that is the classifier, too, is in the file once, and both use the same numbers of it. */
    @ParameterizedTest
    @CsvSource({
        "weights-tied-embedding, 30, --weights 8",
        "weights-shared-two-kinds, 10, --weights 8 --activations 8",
        "weights-tied-embedding, 30, --weights 4 --ends 4"
    })
    void aTiedTableIsStoredOnce(String name, long rows, String options) throws IOException {
        model = CommandRun.testFile("odd/%s.onnx".formatted(name), folder);
        CommandRun.with(List.of("compress", model, "-o", small, "--fallback", "none", "--images", 16), (Object[])
                        options.split(" "))
                .ok();
        List<Initializer> tables = OnnxReader.read(small).initializers().values().stream()
                .filter(tensor -> tensor.rank() == 2
                        && tensor.dims().get(0) == rows
                        && tensor.dims().get(1) > 1)
                .toList();
        assertEquals(1, tables.size(), tables::toString);
        assertTrue(tables.get(0).type().bits() <= Byte.SIZE);
        Path floats = folder.resolve("floats.onnx");
        CommandRun.of("unpack", small, "--float", "-o", floats).ok();
        List<float[]> used = Layers.survey(OnnxReader.read(floats)).layers().stream()
                .filter(layer -> layer.rows() == rows)
                .map(layer -> layer.weights().floats())
                .toList();
        assertEquals(2, used.size());
        assertArrayEquals(used.get(0), used.get(1));
    }

    /** Codes and scales, and no more than 120 bytes of nodes and names. */
    private static void assertTakes(int bytes, JsonObject layer) {
        int all = layer.get("bytesAfter").getAsInt();
        assertTrue(all > bytes && all <= bytes + 120, layer::toString);
    }

    @Test
    void keepsMoreBitsThanOtherLayersUnlessItsOptionsSayOtherwise() {
        assertEquals(8, layer("--weights", 3).get("bits").getAsInt());
        assertEquals(8, layer("--weights", 4, "--ends", "auto").get("bits").getAsInt());
        Object[] coarse = {"--weights", 4, "--ends", 4, "--fallback", "none"};
        assertEquals(4, layer(coarse).get("bits").getAsInt());
    }

    @Test
    void aLargeTableGetsFiveBitsAndTheRunIsWrittenAsIfThatHadBeenAsked() {
        List<Object> words =
                List.of("compress", model, "-o", small, "--images", 8, "--fallback", "none", "--weights", 4);
        CommandRun suited = CommandRun.with(words, "--dry-run").ok();
        assertTrue(suited.err().contains("a table of words holds much of the weights, so it gets 5 bits"), suited::err);
        String recipe = CommandRun.with(words, "--explain").ok().out();
        for (String setting : List.of("ends: 5", "block: 32", "asymmetric: true", "weight-form: nbits")) {
            assertTrue(recipe.contains(setting), recipe);
        }
        String asked =
                CommandRun.with(words, "--explain", "--block", "none").ok().out();
        assertTrue(asked.contains("weight-form: cast") && asked.contains("ends: auto"), asked);
    }

    @Test
    void mayHaveLevelsOfAnyKind() throws IOException {
        assertEquals("int8", layer("--weights", "nf4").get("format").getAsString());
        for (String format : List.of("nf4", "fp8-e4m3", "fp8-e5m2")) {
            JsonObject layer = layer("--weights", format, "--ends", 4);
            assertEquals(format, layer.get("format").getAsString());
            assertTakes(50 * 32 * layer.get("bits").getAsInt() / 8 + 50 * 4, layer);
            String verified =
                    CommandRun.of("verify", model, small, "--layers").ok().out();
            assertTrue(verified.contains(NAME), verified);
            assertTrue(CommandRun.of("inspect", small).ok().out().contains("already quantized"));
        }
    }

    @Test
    void staysWhereItIsExcluded() throws IOException {
        assertFalse(layer("--exclude", NAME).has("bits"));
        assertTrue(Files.size(small) > 50 * 32 * 4, small::toString);
    }
}
