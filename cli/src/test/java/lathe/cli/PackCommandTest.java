package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.OnnxReader;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code pack} and {@code unpack}, and archives in place of models. */
class PackCommandTest {

    @TempDir
    Path folder;

    private Path model() throws IOException {
        return CommandRun.testFile("fashion-resnet.onnx", folder);
    }

    @Test
    void packsAndUnpacksUnderDefaultNames() throws IOException {
        Path model = model();
        CommandRun pack = CommandRun.of("pack", model).ok();
        Path archive = folder.resolve("fashion-resnet.lathe");
        assertTrue(pack.out().startsWith(archive + ": "), pack.out());
        assertEquals(1, pack.out().lines().count());
        assertTrue(Files.size(archive) < 0.9 * Files.size(model));
        CommandRun.of("unpack", archive, "-o", folder.resolve("back.onnx")).ok();
        assertEquals(-1, Files.mismatch(model, folder.resolve("back.onnx")));
        CommandRun.of("unpack", archive, "--force").ok();
        assertEquals(-1, Files.mismatch(folder.resolve("back.onnx"), model));
    }

    @Test
    void twoRunsGiveTheSameBytes() throws IOException {
        Path model = model();
        CommandRun.of("pack", model, "-o", folder.resolve("a.lathe")).ok();
        CommandRun.of("pack", model, "-o", folder.resolve("b.lathe")).ok();
        assertEquals(-1, Files.mismatch(folder.resolve("a.lathe"), folder.resolve("b.lathe")));
    }

    @Test
    void aDryRunTellsTheSizeAndWritesNothing() throws IOException {
        Path model = model();
        JsonObject dry =
                CommandRun.of("pack", model, "--dry-run", "--json").ok().json();
        assertFalse(Files.exists(folder.resolve("fashion-resnet.lathe")));
        assertTrue(dry.get("output").isJsonNull());
        JsonObject real = CommandRun.of("pack", model, "--json").ok().json();
        assertEquals(
                Files.size(folder.resolve("fashion-resnet.lathe")),
                real.get("bytesAfter").getAsLong());
        assertEquals(real.get("bytesAfter"), dry.get("bytesAfter"));
        assertEquals(Files.size(model), real.get("bytesBefore").getAsLong());
        JsonObject largest = real.getAsJsonArray("largestParts").get(0).getAsJsonObject();
        assertTrue(largest.get("bytesAfter").getAsLong() > 10_000, largest::toString);
    }

    @Test
    void externalDataComesBackUnderItsName() throws IOException {
        Path model = CommandRun.testFile("odd/external/external-data.onnx", folder);
        Path data = CommandRun.testFile("odd/external/external-data.data", folder);
        Path archive = folder.resolve("x.lathe");
        CommandRun.of("pack", model, "-o", archive).ok();
        Path out = Files.createDirectory(folder.resolve("out"));
        CommandRun.of("unpack", archive, "-o", out.resolve("y.onnx")).ok();
        assertEquals(-1, Files.mismatch(data, out.resolve("external-data.data")));
        assertEquals(-1, Files.mismatch(model, out.resolve("y.onnx")));
        CommandRun again = CommandRun.of("unpack", archive, "-o", out.resolve("z.onnx"));
        assertEquals(2, again.code());
        assertTrue(again.err().contains("external-data.data: exists already"), again::err);
        CommandRun.of("inspect", archive).ok();
        CommandRun.of("verify", model, archive, "--images", "1", "--seeds", "2").ok();
    }

    @Test
    void otherCommandsReadArchives() throws IOException {
        Path model = model();
        Path small = folder.resolve("small.onnx");
        Path archive = folder.resolve("small.lathe");
        CommandRun.of("compress", model, "-o", small, "--weights", "4", "--images", "2")
                .ok();
        CommandRun.of("pack", small).ok();
        String[] verify = {"verify", "--images", "2", "--seeds", "2", "--json"};
        JsonObject ofModel = CommandRun.of(
                        verify[0], model, small, verify[1], verify[2], verify[3], verify[4], verify[5])
                .ok()
                .json();
        JsonObject ofArchive = CommandRun.of(
                        verify[0], model, archive, verify[1], verify[2], verify[3], verify[4], verify[5])
                .ok()
                .json();
        assertEquals(ofModel.get("outputs"), ofArchive.get("outputs"));
        assertEquals(ofModel.get("manifest"), ofArchive.get("manifest"));

        JsonObject inspected = CommandRun.of("inspect", archive, "--json").ok().json();
        assertEquals(Files.size(archive), inspected.get("archiveBytes").getAsLong());
        assertEquals(Files.size(small), inspected.get("bytes").getAsLong());
        assertTrue(CommandRun.of("inspect", small, "--json")
                .ok()
                .json()
                .get("archiveBytes")
                .isJsonNull());

        CommandRun.of("pack", model, "-o", folder.resolve("whole.lathe")).ok();
        CommandRun.of("compress", folder.resolve("whole.lathe"), "--weights", "4", "--images", "2")
                .ok();
        assertEquals(
                -1, Files.mismatch(small, folder.resolve("whole.int4.onnx")), "compress reads an archive as its model");
    }

    /** The runtime computes the same from floats as from what it folds into them; halves lose next to nothing. */
    @Test
    void unpacksWeightsAsFloats() throws IOException {
        Path model = model();
        Path small = folder.resolve("small.onnx");
        CommandRun.of("compress", model, "-o", small, "--weights", "3", "--images", "2", "--fallback", "none");
        CommandRun.of("pack", small).ok();
        JsonObject floats = CommandRun.of("unpack", folder.resolve("small.lathe"), "--float", "--json")
                .ok()
                .json();
        CommandRun.of("unpack", small, "--float16").ok();
        Path plain = folder.resolve("small.float.onnx");
        Path halves = folder.resolve("small.float16.onnx");
        assertEquals(plain.toString(), floats.getAsJsonArray("files").get(0).getAsString());
        assertEquals(Files.size(plain), floats.get("bytesAfter").getAsLong());
        assertEquals(1.0, (double) Files.size(plain) / Files.size(model), 0.03);
        assertEquals(0.5, (double) Files.size(halves) / Files.size(plain), 0.05);
        assertTrue(OnnxReader.read(plain).nodes().stream().noneMatch(node -> node.is("BitShift")));
        assertEquals(Double.POSITIVE_INFINITY, decibels(small, plain));
        assertTrue(decibels(small, halves) > 50);
        CommandRun verified = CommandRun.of("verify", model, plain, "--images", "1", "--seeds", "2");
        assertTrue(verified.ok().out().contains("unchanged since"), verified::out);
    }

    private static double decibels(Path model, Path other) {
        try (Network one = Network.of(model, NetworkOptions.DEFAULT);
                Network two = Network.of(other, NetworkOptions.DEFAULT)) {
            float[] pixels = new float[784];
            for (int i = 0; i < pixels.length; i++) {
                pixels[i] = (float) Math.sin(i);
            }
            Map<String, Tensor> feeds = Map.of(one.inputs().get(0).name(), Tensor.of(pixels, 1, 1, 28, 28));
            float[] expected = one.run(feeds).values().iterator().next().floats();
            float[] actual = two.run(feeds).values().iterator().next().floats();
            return NoiseRun.snr(expected, actual);
        }
    }

    @Test
    void quantizedActivationsStayQuantized() throws IOException {
        Path small = folder.resolve("small.onnx");
        CommandRun.of("compress", model(), "-o", small, "--images", "2").ok();
        CommandRun floats = CommandRun.of("unpack", small, "--float").ok();
        assertTrue(floats.out().contains("activations stay quantized: "), floats::out);
        Graph plain = OnnxReader.read(folder.resolve("small.float.onnx"));
        assertTrue(plain.nodes().stream()
                .filter(node -> node.is("DequantizeLinear"))
                .allMatch(node -> plain.constant(node, 0).isEmpty()));
        assertTrue(decibels(small, folder.resolve("small.float.onnx")) > 20);
    }

    @Test
    void whatCannotBeUnpackedIsRefusedInOneLine() throws IOException {
        Path model = model();
        CommandRun plain = CommandRun.of("unpack", model);
        assertEquals(2, plain.code());
        assertTrue(plain.err().contains("fashion-resnet.onnx: not an archive of 'lathe pack'"), plain::err);
        CommandRun both = CommandRun.of("unpack", model, "--float", "--float16");
        assertEquals(2, both.code());
        assertTrue(both.err().contains("--float and --float16 exclude each other"), both::err);
    }
}
