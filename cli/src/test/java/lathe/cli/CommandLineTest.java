package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {

    @Test
    void withoutArgumentsItShowsHelpAndFails() {
        CommandRun run = CommandRun.of();
        assertEquals(2, run.code());
        assertEquals("", run.out());
        assertTrue(run.err().contains("lathe compress mobilenet.onnx"), run::err);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "-h", "help"})
    void helpListsEveryCommandAndExitCode(String word) {
        String out = CommandRun.of(word).ok().out();
        for (String command :
                new String[] {"compress", "inspect", "verify", "evaluate", "demo", "help", "completion"}) {
            assertTrue(out.contains("\n  " + command + " "), out);
        }
        assertTrue(out.contains("\n  3  "), out);
    }

    @ParameterizedTest
    @ValueSource(strings = {"compress", "inspect", "verify", "evaluate", "demo", "help", "completion"})
    void helpOfACommandLeadsWithTwoExamples(String command) {
        String out = CommandRun.of(command, "--help").ok().out();
        assertEquals(out, CommandRun.of("help", command).ok().out());
        String[] lines = out.split("\n", -1);
        assertEquals("Examples", lines[2]);
        assertTrue(lines[3].startsWith("  lathe " + command), out);
        assertTrue(lines[4].startsWith("  lathe " + command), out);
        assertTrue(out.contains("Exit codes"), out);
        assertTrue(out.lines().allMatch(line -> line.length() <= 120), out);
    }

    @Test
    void helpShowsDefaults() {
        String out = CommandRun.of("compress", "--help").ok().out();
        for (String shown :
                new String[] {"[8]", "[best]", "[cautious]", "[normal]", "[64,", "[0]", "[none]", "[MODEL.int8.onnx"}) {
            assertTrue(out.contains(shown), () -> shown + " is missing in\n" + out);
        }
    }

    @Test
    void helpWinsOverMissingArguments() {
        CommandRun.of("compress", "--help").ok();
        CommandRun.of("verify", "only-one.onnx", "-h").ok();
    }

    @Test
    void versionIsOneLine() {
        String out = CommandRun.of("--version").ok().out();
        assertTrue(out.startsWith("lathe "), out);
        assertEquals(1, out.lines().count());
    }

    @ParameterizedTest
    @CsvSource({
        "compres, did you mean compress?",
        "inspct, did you mean inspect?",
        "model.onnx, did you mean compress model.onnx?",
        "frobnicate, unknown command frobnicate;",
        "--verison, unknown option --verison;"
    })
    void anUnknownCommandIsNamedAndTheNearOneSuggested(String word, String expected) {
        CommandRun run = CommandRun.of(word);
        assertEquals(2, run.code());
        assertTrue(run.err().contains(expected), run::err);
    }
}
