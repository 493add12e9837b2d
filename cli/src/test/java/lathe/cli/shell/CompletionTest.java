package lathe.cli.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import lathe.cli.CommandRun;
import lathe.cli.commands.Commands;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The scripts offer what the option tables hold; bash's is run in bash itself. */
class CompletionTest {

    @TempDir
    Path folder;

    private Path script;

    @BeforeEach
    void writeFiles() throws IOException {
        script = Files.writeString(
                folder.resolve("lathe.bash"),
                CommandRun.of("completion", "bash").ok().out());
        Files.createDirectories(folder.resolve("work/some models"));
        Files.writeString(folder.resolve("work/net.onnx"), "");
        Files.writeString(folder.resolve("work/net two.onnx"), "");
        Files.writeString(folder.resolve("work/net.yaml"), "");
    }

    /** What bash would offer behind these words, the last of which is being typed. */
    private List<String> offered(String... words) throws IOException, InterruptedException {
        StringBuilder line = new StringBuilder("COMP_WORDS=(");
        for (String word : words) {
            line.append(" '").append(word).append('\'');
        }
        line.append("); COMP_CWORD=%d; . '%s'; _lathe; printf '%%s\\n' \"${COMPREPLY[@]}\""
                .formatted(words.length - 1, script));
        return run(folder.resolve("work"), "bash", "--norc", "-uc", line.toString())
                .lines()
                .filter(reply -> !reply.isEmpty())
                .sorted()
                .toList();
    }

    private static String run(Path folder, String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        Process process = builder.redirectErrorStream(true).start();
        try (InputStream in = process.getInputStream()) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), text);
            return text;
        }
    }

    static Stream<Arguments> lines() {
        return Stream.of(
                offer("lathe|comp", "completion", "compress"),
                offer("lathe|--v", "--version"),
                offer("lathe|compress|--sol", "--solver"),
                offer("lathe|compress|--activation", "--activation-range", "--activations"),
                offer("lathe|compress|--solver|", "best", "gptq", "nearest"),
                offer("lathe|compress|--solver|g", "gptq"),
                offer("lathe|compress|--solver|=", "best", "gptq", "nearest"),
                offer("lathe|compress|--solver|=|n", "nearest"),
                offer("lathe|compress|--activations|", "4", "5", "6", "7", "8", "none"),
                offer("lathe|compress|--images|"),
                offer("lathe|compress|--config|net.y", "net.yaml"),
                offer("lathe|compress|-o|net.y", "net.yaml"),
                offer("lathe|compress|", "net two.onnx", "net.onnx", "some models"),
                offer("lathe|compress|net.onnx|net", "net two.onnx", "net.onnx"),
                offer("lathe|verify|net.onnx|net.", "net.onnx"),
                offer("lathe|verify|--lay", "--layers"),
                offer("lathe|evaluate|--reference|net.", "net.onnx"),
                offer("lathe|demo|"),
                offer("lathe|help|ver", "verify"),
                offer("lathe|completion|", "bash", "fish", "zsh"),
                offer("lathe|frobnicate|--"));
    }

    private static Arguments offer(String words, String... replies) {
        return Arguments.of(words, List.of(replies));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lines")
    void bashOffersWhatFits(String words, List<String> replies) throws IOException, InterruptedException {
        assertEquals(replies, offered(words.split("\\|", -1)));
    }

    @Test
    void rangesOfNamesAreOfferedOneByOne() throws IOException, InterruptedException {
        assertEquals(
                List.of("lloyd2", "lloyd3", "lloyd4", "lloyd5", "lloyd6"),
                offered("lathe", "compress", "--weights", "lloyd"));
    }

    @Test
    void bashKnowsEveryOptionOfEveryCommand() throws IOException, InterruptedException {
        for (Command command : Commands.ALL) {
            List<String> forms = new ArrayList<>();
            lathe.cli.shell.Arguments.optionsOf(command).forEach(option -> forms.addAll(option.forms()));
            assertEquals(forms.stream().sorted().toList(), offered("lathe", command.name(), "-"), command.name());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"zsh", "fish"})
    void theOtherScriptsNameEveryCommandAndOption(String shell) {
        String text = CommandRun.of("completion", shell).ok().out();
        for (Command command : Commands.ALL) {
            assertTrue(text.contains(command.name()), command::name);
            for (CommandOption option : lathe.cli.shell.Arguments.optionsOf(command)) {
                String form = shell.equals("zsh") ? "--" + option.name() : "-l " + option.name() + " ";
                assertTrue(text.contains(form), () -> command.name() + " " + form + " is missing in\n" + text);
            }
        }
    }

    /** Needs zsh and fish, which few machines have: {@code ./mvnw -P shells verify}. */
    @Tag("shells")
    @ParameterizedTest
    @CsvSource({"zsh, -n", "fish, -n"})
    void theOtherShellsCanReadTheirs(String shell, String check) throws IOException, InterruptedException {
        Path file = Files.writeString(
                folder.resolve("script"),
                CommandRun.of("completion", shell).ok().out());
        assertEquals("", run(folder, shell, check, file.toString()));
    }

    /** As above: zsh loads its script and knows the function. */
    @Tag("shells")
    @Test
    void zshLoadsItsScript() throws IOException, InterruptedException {
        Path file = Files.writeString(
                folder.resolve("_lathe"),
                CommandRun.of("completion", "zsh").ok().out());
        String line = "autoload -U compinit; compinit -u -D; . %s; print $_comps[lathe]".formatted(file);
        assertEquals("_lathe\n", run(folder, "zsh", "-f", "-c", line));
    }

    /** As above: fish offers what fits. */
    @Tag("shells")
    @Test
    void fishOffersWhatFits() throws IOException, InterruptedException {
        Path file = Files.writeString(
                folder.resolve("lathe.fish"),
                CommandRun.of("completion", "fish").ok().out());
        String line = "source %s; complete -C 'lathe compress --solver g'; complete -C 'lathe insp'".formatted(file);
        String offered = run(folder, "fish", "--no-config", "-c", line);
        assertEquals("gptq\ninspect", offered.strip().replaceAll("\t.*", ""));
    }

    @Test
    void anotherShellIsRefused() {
        CommandRun run = CommandRun.of("completion", "bsh");
        assertEquals(2, run.code());
        assertTrue(run.err().contains("bsh: must be one of bash, zsh, fish (did you mean bash?)"), run::err);
    }
}
