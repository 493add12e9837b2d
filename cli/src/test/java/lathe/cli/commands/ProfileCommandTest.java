package lathe.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import lathe.cli.CommandRun;
import lathe.cli.options.DeviceProfile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole, short run; what it measures is this machine's business. */
@Tag("slow")
class ProfileCommandTest {

    @TempDir
    Path folder;

    @Test
    void writesAProfileThatInspectReads() throws IOException {
        Path model = CommandRun.testFile("fashion-resnet.onnx", folder);
        Path profile = folder.resolve("own.yaml");
        JsonObject answer = CommandRun.of("profile", model, "-o", profile, "--seconds", 1, "--json")
                .ok()
                .json();
        assertEquals(61, answer.get("networks").getAsInt(), "the model and the fewest random ones");
        assertEquals(1, answer.get("threads").getAsInt());
        DeviceProfile read = DeviceProfile.of(profile.toString());
        assertEquals(answer.get("source").getAsString(), read.source());
        assertEquals(
                answer.get("error").getAsDouble(), read.latency().orElseThrow().error(), 1e-3);
        JsonObject costs = CommandRun.of("inspect", model, "--device", profile, "--json")
                .ok()
                .json()
                .getAsJsonObject("costs");
        assertTrue(costs.get("milliseconds").getAsDouble() > 0);
        assertTrue(costs.get("energySource").getAsString().contains("from a table, not measured"));
        assertEquals(2, CommandRun.of("profile", "-o", profile, "--seconds", 1).code(), "it is there already");
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(2, files.count());
        }
    }
}
