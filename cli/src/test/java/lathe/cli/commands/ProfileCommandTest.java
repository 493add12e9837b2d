package lathe.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import lathe.cli.CommandRun;
import lathe.cli.device.EnergyCounter;
import lathe.cli.device.PowercapCounter;
import lathe.cli.options.DeviceProfile;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.Console;
import lathe.cli.shell.Streams;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole, short runs; what they measure is this machine's business; its counters are not read. */
@Tag("slow")
class ProfileCommandTest {

    @TempDir
    Path folder;

    @TempDir
    Path powercap;

    private Path model;
    private Path profile;

    @BeforeEach
    void model() throws IOException {
        model = CommandRun.testFile("fashion-resnet.onnx", folder);
        profile = folder.resolve("own.yaml");
    }

    /** What the command says, and what it warns of. */
    private record Told(JsonObject answer, String warnings) {}

    private Told profile(Supplier<EnergyCounter> counter) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Command command = ProfileCommand.command(counter);
        try (Console console = new Console(
                new Streams(InputStream.nullInputStream(), stream(out), stream(err), false, false), true, false)) {
            List<String> words = List.of(model.toString(), "-o", profile.toString(), "--seconds", "1", "--json");
            command.action().run(Arguments.parse(command, words), console);
        }
        return new Told(
                JsonParser.parseString(out.toString(StandardCharsets.UTF_8)).getAsJsonObject(),
                err.toString(StandardCharsets.UTF_8));
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private JsonObject inspected() {
        return CommandRun.of("inspect", model, "--device", profile, "--json")
                .ok()
                .json()
                .getAsJsonObject("costs");
    }

    @Test
    void writesAProfileThatInspectReads() throws IOException {
        Supplier<EnergyCounter> none = () -> PowercapCounter.of(powercap);
        Told told = profile(none);
        JsonObject answer = told.answer();
        assertEquals(61, answer.get("networks").getAsInt(), "the model and the fewest random ones");
        assertEquals(1, answer.get("threads").getAsInt());
        assertTrue(answer.get("energyError").isJsonNull());
        assertTrue(
                told.warnings()
                        .contains("lathe: energy is from a table, not measured: " + powercap
                                + " has no counter of a processor package\n"),
                told::warnings);
        DeviceProfile read = DeviceProfile.of(profile.toString());
        assertEquals(answer.get("source").getAsString(), read.source());
        assertEquals(
                answer.get("error").getAsDouble(), read.latency().orElseThrow().error(), 1e-3);
        JsonObject costs = inspected();
        assertTrue(costs.get("milliseconds").getAsDouble() > 0);
        assertTrue(costs.get("energySource").getAsString().contains("from a table, not measured"));
        assertThrows(CommandException.class, () -> profile(none), "it is there already");
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(2, files.count());
        }
    }

    /** 5 W, and 10 W while this thread uses a processor. */
    private record Simulated(ThreadMXBean threads) implements EnergyCounter {
        @Override
        public double joules() {
            return 1e-9 * (5.0 * System.nanoTime() + 10.0 * threads.getCurrentThreadCpuTime());
        }

        @Override
        public String domains() {
            return "a simulation";
        }
    }

    @Test
    void energyIsMeasuredWhereItIsCounted() throws IOException {
        Told told = profile(() -> new Simulated(ManagementFactory.getThreadMXBean()));
        assertEquals("", told.warnings());
        assertTrue(
                told.answer().get("source").getAsString().endsWith("; energy counted by a simulation"), told::toString);
        DeviceProfile read = DeviceProfile.of(profile.toString());
        assertEquals(
                told.answer().get("energyError").getAsDouble(),
                read.energy().orElseThrow().error(),
                1e-3);
        assertTrue(read.table().isEmpty());
        JsonObject costs = inspected();
        assertTrue(costs.get("joules").getAsDouble() > 0);
        assertTrue(costs.get("energySource").getAsString().startsWith("measured, above idle, 1 thread"));
    }
}
