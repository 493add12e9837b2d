package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Value;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.tensor.ElementType;
import lathe.engine.tensor.Float16;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole runs on networks that compute in FLOAT16 or BFLOAT16. */
class HalfModelsTest {

    @TempDir
    Path folder;

    private Path model(String name) throws IOException {
        return CommandRun.testFile("half/" + name + ".onnx", folder);
    }

    private static List<String> types(List<Value> values) {
        return values.stream().map(value -> value.name() + " " + value.type()).toList();
    }

    private static void assertSameTypes(Path model, Path small) throws IOException {
        Graph before = OnnxReader.read(model);
        Graph after = OnnxReader.read(small);
        assertEquals(types(before.inputs()), types(after.inputs()));
        assertEquals(types(before.outputs()), types(after.outputs()));
    }

    @ParameterizedTest
    @CsvSource({
        "conv-float16, 8, 4, 30",
        "conv-bfloat16, 8, 4, 30",
        "conv-kept-io, 8, 4, 30",
        "mixed, 8, 3, 30",
        "matmul-float16, none, 2, 40",
        "matmul-bfloat16, none, 2, 40"
    })
    void areCompressedAndVerified(String name, String activations, int layers, int decibels) throws IOException {
        Path model = model(name);
        Path small = folder.resolve("small.onnx");
        JsonObject made = CommandRun.of(
                        "compress",
                        model,
                        "-o",
                        small,
                        "--images",
                        8,
                        "--input-range",
                        "-2,2",
                        "--activations",
                        activations,
                        "--json")
                .ok()
                .json();
        assertEquals(layers, made.getAsJsonArray("layers").size());
        assertEquals(Files.size(model), made.get("bytesBefore").getAsLong());
        assertTrue(Files.size(small) < 0.7 * Files.size(model), made::toString);
        assertSameTypes(model, small);
        JsonObject verified = CommandRun.of(
                        "verify",
                        model,
                        small,
                        "--images",
                        8,
                        "--seeds",
                        4,
                        "--layers",
                        "--min-snr",
                        decibels,
                        "--json")
                .ok()
                .json();
        assertEquals(layers, verified.getAsJsonArray("layers").size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"conv-float16", "conv-bfloat16", "matmul-float16", "mixed"})
    void sizesArePredicted(String name) throws IOException {
        Path model = model(name);
        Path small = folder.resolve("small.onnx");
        Object[] words = {
            "compress", model, "-o", small, "--images", 8, "--weights", 4, "--activations", "none", "--json"
        };
        JsonObject made = CommandRun.of(words).ok().json();
        Object[] plan = {"compress", model, "-o", small, "--weights", 4, "--activations", "none", "--json", "--dry-run"
        };
        JsonObject planned = CommandRun.of(plan).ok().json();
        assertEquals(Files.size(small), made.get("bytesAfter").getAsLong());
        long off = Files.size(small) - planned.get("predictedBytes").getAsLong();
        assertTrue(Math.abs(off) <= 24, () -> off + " bytes: more than zero points that happen to be equal");
    }

    @ParameterizedTest
    @ValueSource(strings = {"conv-float16", "conv-bfloat16"})
    void whatIsLeftAloneStaysAsItWas(String name) throws IOException {
        Path model = model(name);
        Path small = folder.resolve("small.onnx");
        CommandRun.of("compress", model, "-o", small, "--images", 8, "--exclude", "conv2")
                .ok();
        Initializer before = OnnxReader.read(model).initializers().get("w2");
        Initializer after = OnnxReader.read(small).initializers().get("w2");
        assertEquals(before.type(), after.type());
        assertEquals(before.bytes().buffer(), after.bytes().buffer());
    }

    @Test
    void aSizeTargetIsKept() throws IOException {
        Path model = model("matmul-float16");
        Path small = folder.resolve("small.onnx");
        CommandRun.of("compress", model, "-o", small, "--images", 8, "--target-size", "9kB")
                .ok();
        assertTrue(
                Files.size(small) <= 9000, () -> String.valueOf(small.toFile().length()));
        assertTrue(Files.size(small) > 8000, () -> String.valueOf(small.toFile().length()));
        assertSameTypes(model, small);
    }

    @Test
    void inspectCountsTwoBytesAWeight() throws IOException {
        JsonObject seen =
                CommandRun.of("inspect", model("conv-bfloat16"), "--json").ok().json();
        JsonObject layer = seen.getAsJsonArray("layers").get(2).getAsJsonObject();
        assertEquals(2 * (32 * 24 * 9 + 32), layer.get("bytes").getAsLong());
        String text = CommandRun.of("inspect", model("conv-bfloat16")).ok().out();
        assertTrue(text.contains("now") && !text.contains("FP32"), text);
    }

    /** Feeds an array of halves, and runs the result on what a caller of the original would give it. */
    @Test
    void arraysOfHalvesAreFed() throws IOException {
        Path model = model("matmul-float16");
        Path array = folder.resolve("x.npy");
        Files.write(array, npy(32, 64));
        Path small = folder.resolve("small.onnx");
        CommandRun.of("compress", model, "-o", small, "--inputs", array).ok();
        float[] zeros = new float[64];
        try (Network network = Network.of(small, NetworkOptions.DEFAULT)) {
            assertEquals(ElementType.FLOAT16, network.inputs().get(0).type());
            Map<String, Tensor> outputs = network.run(Map.of("x", Tensor.of(zeros, 1, 64)));
            assertEquals(ElementType.FLOAT16, outputs.get("y").type());
            assertFalse(Float.isNaN(outputs.get("y").values().get(0)));
        }
    }

    private static byte[] npy(int rows, int cols) {
        String header = "{'descr': '<f2', 'fortran_order': False, 'shape': (%d, %d), }".formatted(rows, cols);
        String padded = header + " ".repeat(117 - header.length()) + "\n";
        ByteBuffer bytes =
                ByteBuffer.allocate(10 + padded.length() + 2 * rows * cols).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put((byte) 0x93)
                .put("NUMPY".getBytes(StandardCharsets.US_ASCII))
                .put((byte) 1)
                .put((byte) 0);
        bytes.putShort((short) padded.length()).put(padded.getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < rows * cols; i++) {
            bytes.putShort(Float16.of((float) Math.sin(1.7 * i)));
        }
        return bytes.array();
    }

    @ParameterizedTest
    @ValueSource(strings = {"conv-float16", "matmul-bfloat16"})
    void floatsAreUnpackedAndKeepTheOutputs(String name) throws IOException {
        Path model = model(name);
        Path small = folder.resolve("small.onnx");
        Path floats = folder.resolve("floats.onnx");
        CommandRun.of("compress", model, "-o", small, "--images", 8, "--activations", "none")
                .ok();
        CommandRun.of("unpack", small, "--float", "-o", floats).ok();
        assertSameTypes(model, floats);
        CommandRun.of("verify", model, floats, "--images", 8, "--seeds", 4, "--min-snr", 40)
                .ok();
    }
}
