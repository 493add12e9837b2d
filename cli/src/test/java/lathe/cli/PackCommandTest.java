package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
}
