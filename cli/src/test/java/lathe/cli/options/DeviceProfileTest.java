package lathe.cli.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import lathe.cli.device.AdditiveModel.Quantity;
import lathe.cli.shell.CommandException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceProfileTest {

    @TempDir
    Path folder;

    private DeviceProfile read(String text) throws IOException {
        return DeviceProfile.of(
                Files.writeString(folder.resolve("own.yaml"), text).toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"45nm", "x86-vnni", "x86-avx2"})
    void profilesThatAreShippedSayWhereTheyAreFrom(String name) {
        DeviceProfile profile = DeviceProfile.of(name);
        assertTrue(profile.source().length() > 10, profile.source());
        assertEquals(name.startsWith("x86"), profile.measured());
        assertEquals(name.startsWith("x86"), profile.latency().isPresent());
        String energy = profile.energySource().orElseThrow();
        assertTrue(energy.contains("Horowitz") && energy.contains("not measured"), energy);
    }

    /** Figures are written with four digits, so what was read is written again just so. */
    @ParameterizedTest
    @ValueSource(strings = {"x86-vnni", "x86-avx2"})
    void whatIsWrittenIsReadAgain(String name) throws IOException {
        String text = DeviceProfile.of(name).yaml();
        DeviceProfile again = read(text);
        assertEquals(text, again.yaml());
        assertEquals(DeviceProfile.of(name).latency(), again.latency());
        assertEquals(DeviceProfile.of(name).table(), again.table());
    }

    @Test
    void energiesOfNodesAreReadAgain() throws IOException {
        DeviceProfile profile = read("""
                source: here
                measured: true
                energy: {threads: 2, error: 0.1234, run: {node: 40000}, pointwise int8: {mac: 0.0171, read: 2.5}}
                latency: {threads: 2, run: {node: 4000}}
                """);
        assertEquals(
                "measured, above idle, 2 threads, median error 12 %",
                profile.energySource().orElseThrow());
        assertEquals(profile, read(profile.yaml()));
        assertEquals(Quantity.ENERGY, profile.energy().orElseThrow().quantity());
        assertTrue(profile.table().isEmpty());
        DeviceProfile alone = read("source: 'a, table 1'\nmeasured: false\nenergy: {run: {node: 40000}}\n");
        assertEquals(
                "a, table 1; from a table, not measured", alone.energySource().orElseThrow());
        assertEquals(alone, read(alone.yaml()));
    }

    @Test
    void quotesInASourceAreNoProblem() throws IOException {
        DeviceProfile profile = read("source: 'a \"board\" \\ 2: it'\nmeasured: true\nlatency: {run: {node: 5}}\n");
        assertEquals("a \"board\" \\ 2: it", read(profile.yaml()).source());
        assertTrue(profile.energySource().isEmpty());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            source: x;measured: true;latency: {threds: 1}                    | 3:11: unknown key threds; latency has threads
            source: x;measured: true;latency: {pointwise: {mac: 1}}          | 3:11: unknown key pointwise; latency has
            source: x;measured: true;latency: {run: {mak: 1}}                | 3:17: unknown key mak; run has node, mac, read
            source: x;measured: true;latency: {run: {mac: -1}}               | 3:22: '-1' must be a number of nanoseconds
            source: x;measured: true;latency: {threads: 2}                   | 3:10: latency has no nanoseconds
            source: x;measured: true;latency: 5                              | 3:10: latency must hold keys and values
            source: x;measured: true                                         | latency is missing; a device profile has
            source: x;measured: true;byte: 1;latency: {run: {node: 1}}       | multiply is missing; a device profile has
            source: x;latency: {run: {node: 1}}                              | measured is missing
            source: x;measured: true;energy: {run: {node: x}}                | 3:22: 'x' must be a number of nanojoules, 0 to 1e9
            source: x;measured: true;energy: {idle: {node: 1}}               | 3:10: unknown key idle; energy has threads, error
            source: x;measured: true;energy: {error: 0.1}                    | 3:9: energy has no nanojoules; give some
            source: x;measured: true;energy: []                              | 3:9: energy must hold keys and values
            source: x;measured: true;byte: 1;energy: {run: {node: 1}}        | 4:9: energy is there, and so is a table of it
            """)
    void whatIsWrongIsNamedWithItsPlace(String lines, String message) {
        CommandException wrong =
                assertThrows(CommandException.class, () -> read(lines.strip().replace(';', '\n') + "\n"));
        assertTrue(wrong.getMessage().contains(message), wrong::getMessage);
    }
}
