package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lathe.engine.graph.Node;
import lathe.engine.onnx.OnnxReader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --weight-form nbits} and {@code dynamic} on an embedding, four products with a matrix, and two of computed values. */
class CodeProductCommandTest {

    @TempDir
    Path folder;

    private Path model;
    private Path small;

    @BeforeEach
    void model() throws IOException {
        model = CommandRun.testFile("inputs/token-ids-and-mask.onnx", folder);
        small = folder.resolve("small.onnx");
    }

    private CommandRun compress(Object... options) {
        return CommandRun.with(
                List.of("compress", model, "-o", small, "--weight-form", "nbits", "--images", 4), options);
    }

    @Test
    void inputsOfSeveralProductsAreRoundedOnce() throws IOException {
        List<Object> dynamic = List.of("compress", model, "-o", small, "--weight-form", "dynamic", "--images", 4);
        long planned = CommandRun.with(dynamic, "--dry-run", "--json")
                .ok()
                .json()
                .get("predictedBytes")
                .getAsLong();
        CommandRun.with(dynamic).ok();
        assertEquals(0, Math.abs(planned - Files.size(small)) / (planned / 50));
        assertEquals(4, operators(small).get("MatMulInteger"));
        assertEquals(2, operators(small).get("DynamicQuantizeLinear"));
        JsonObject verified =
                CommandRun.of("verify", model, small, "--layers", "--json").ok().json();
        assertEquals(5, verified.getAsJsonArray("layers").size());
        Path plain = folder.resolve("plain.onnx");
        CommandRun.of("unpack", small, "--float", "-o", plain).ok();
        assertEquals(6, operators(plain).get("MatMul"));
        assertEquals(null, operators(plain).get("DynamicQuantizeLinear"));
    }

    private static Map<String, Integer> operators(Path file) throws IOException {
        Map<String, Integer> counts = new TreeMap<>();
        for (Node node : OnnxReader.read(file).nodes()) {
            counts.merge(node.opType(), 1, Integer::sum);
        }
        return counts;
    }

    @Test
    void productsAreComputedFromCodes() throws IOException {
        compress("--weights", 4).ok();
        assertEquals(4, operators(small).get("MatMulNBits"));
        assertEquals(2, operators(small).get("MatMul"));
        assertEquals(17, OnnxReader.read(small).opset(), "the original's");
        String shown = CommandRun.of("inspect", small).ok().out();
        assertTrue(shown.contains("Other layers are already quantized"), shown);
        JsonObject verified =
                CommandRun.of("verify", model, small, "--layers", "--json").ok().json();
        assertEquals(5, verified.getAsJsonArray("layers").size());
    }

    @Test
    void unpackedTheyAreProductsOfFloats() throws IOException {
        compress("--weights", 8, "--block", 16, "--asymmetric", true).ok();
        for (String form : new String[] {"--float", "--float16"}) {
            Path plain = folder.resolve("plain" + form + ".onnx");
            CommandRun.of("unpack", small, form, "-o", plain).ok();
            assertEquals(6, operators(plain).get("MatMul"), form);
            JsonObject same =
                    CommandRun.of("verify", model, plain, "--json").ok().json();
            double decibels = same.getAsJsonArray("outputs")
                    .get(0)
                    .getAsJsonObject()
                    .get("signalToNoiseDb")
                    .getAsDouble();
            assertTrue(decibels > 25, form + " " + decibels);
        }
    }

    @Test
    void theSizeIsKnownBefore() throws IOException {
        long planned = compress("--weights", 8, "--dry-run", "--json")
                .ok()
                .json()
                .get("predictedBytes")
                .getAsLong();
        compress("--weights", 8).ok();
        assertEquals(0, Math.abs(planned - Files.size(small)) / (planned / 50));
    }

    @Test
    void aSizeTargetChoosesBetweenFourAndEightBits() throws IOException {
        compress("--target-size", "9kB").ok();
        assertTrue(Files.size(small) <= 9000, small::toString);
        assertEquals(4, operators(small).get("MatMulNBits"));
    }
}
