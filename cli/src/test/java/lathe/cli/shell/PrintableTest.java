package lathe.cli.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import lathe.cli.CommandRun;
import lathe.cli.HostileNames;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrintableTest {

    private static final String NAME = "\u001b[31mred\nlathe: forged\u009b1m";
    private static final String SHOWN = "\\u001b[31mred\\u000alathe: forged\\u009b1m";

    @TempDir
    Path folder;

    private Path model() throws IOException {
        return HostileNames.write(List.of(NAME, "harmless"), folder.resolve("model.onnx"));
    }

    private static void assertPrintable(CommandRun run) {
        String text = run.out() + run.err();
        assertFalse(text.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n'), text);
        assertFalse(text.lines().anyMatch(line -> line.startsWith("lathe: forged")), text);
    }

    @Test
    void controlCharactersAreShownAsJsonWritesThem() {
        assertEquals("a\\u0000b\\u007f\\u000a\\u0009ü\\n", Printable.line("a\0b\u007f\n\tü\\n"));
        assertEquals("a\n\tb\\u000d", Printable.lines("a\n\tb\r"));
    }

    /** Else a name could read as another: this one ends in "xnno" for whoever looks at it. */
    @Test
    void theDirectionOfWritingStaysAsItIs() {
        assertEquals("\\u202eonnx", Printable.line("\u202eonnx"));
        assertEquals("\\u2067a\n\\u200fשלום", Printable.lines("\u2067a\n\u200fשלום"));
    }

    @Test
    void namesInTablesDoNotReachTheTerminalAsTheyAre() throws IOException {
        Path model = model();
        List<CommandRun> runs = List.of(
                CommandRun.of("inspect", model).ok(),
                CommandRun.of("compress", model, "--dry-run").ok(),
                CommandRun.of("compress", model, "--images", 2, "--exclude", "harmless")
                        .ok(),
                CommandRun.of("verify", model, folder.resolve("model.int8.onnx"), "--seeds", 1, "--images", 2)
                        .ok());
        runs.forEach(PrintableTest::assertPrintable);
        runs.subList(0, 3).forEach(run -> assertTrue(run.out().contains(SHOWN), run.out()));
    }

    @Test
    void namesInErrorsDoNotReachTheTerminalAsTheyAre() throws IOException {
        Path model = model();
        for (String option : List.of("--threads=1", "--json")) {
            CommandRun run = CommandRun.of("compress", model, "--exclude", "*", option);
            assertEquals(3, run.code(), run::err);
            assertPrintable(run);
            assertTrue(run.err().contains("\\u001b[31mred"), run::err);
        }
    }

    @Test
    void aStackTraceKeepsItsLinesAndIsPrintable() throws IOException {
        CommandRun run = CommandRun.of("compress", model(), "--exclude", "*", "--debug");
        assertTrue(run.err().contains("\n\tat lathe."), run::err);
        assertEquals(Printable.lines(run.err()), run.err());
    }

    @Test
    void jsonStaysJson() throws IOException {
        CommandRun run = CommandRun.of("inspect", model(), "--json").ok();
        assertPrintable(run);
        assertEquals(
                NAME,
                run.json()
                        .getAsJsonArray("layers")
                        .get(0)
                        .getAsJsonObject()
                        .get("name")
                        .getAsString());
    }
}
