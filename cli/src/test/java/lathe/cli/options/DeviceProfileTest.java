package lathe.cli.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
        assertTrue(profile.energySource().contains("Horowitz"));
        assertTrue(profile.energySource().contains("not measured"));
    }

    /** Figures are written with four digits, so what was read is written again just so. */
    @ParameterizedTest
    @ValueSource(strings = {"x86-vnni", "x86-avx2"})
    void whatIsWrittenIsReadAgain(String name) throws IOException {
        String text = DeviceProfile.of(name).yaml();
        DeviceProfile again = read(text);
        assertEquals(text, again.yaml());
        assertEquals(DeviceProfile.of(name).latency(), again.latency());
        assertEquals(DeviceProfile.of(name).energy(), again.energy());
    }

    @Test
    void quotesInASourceAreNoProblem() throws IOException {
        DeviceProfile profile = read("source: 'a \"board\" \\ 2: it'\nmeasured: true\nlatency: {run: {node: 5}}\n");
        assertEquals("a \"board\" \\ 2: it", read(profile.yaml()).source());
        assertTrue(profile.energy().isEmpty());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            source: x;measured: true;latency: {threds: 1}                    | 3:11: unknown key threds; latency has threads
            source: x;measured: true;latency: {pointwise: {mac: 1}}          | 3:11: unknown key pointwise; latency has
            source: x;measured: true;latency: {run: {mak: 1}}                | 3:17: unknown key mak; run has node, mac, read
            source: x;measured: true;latency: {run: {mac: -1}}               | 3:22: '-1' must be a number of nanoseconds
            source: x;measured: true;latency: {threads: 2}                   | 3:10: latency has no times
            source: x;measured: true;latency: 5                              | 3:10: latency must hold keys and values
            source: x;measured: true                                         | latency is missing; a device profile has
            source: x;measured: true;byte: 1;latency: {run: {node: 1}}       | multiply is missing; a device profile has
            source: x;latency: {run: {node: 1}}                              | measured is missing
            """)
    void whatIsWrongIsNamedWithItsPlace(String lines, String message) {
        CommandException wrong =
                assertThrows(CommandException.class, () -> read(lines.strip().replace(';', '\n') + "\n"));
        assertTrue(wrong.getMessage().contains(message), wrong::getMessage);
    }
}
