package lathe.cli.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import lathe.cli.CommandRun;
import lathe.cli.commands.Commands;
import org.junit.jupiter.api.Test;

/** The manual page and the page of options say what the option tables say. */
class ReferenceTest {

    /** Requests of the man macros that the page uses. */
    private static final Set<String> REQUESTS =
            Set.of(".\\\"", ".TH", ".SH", ".SS", ".B", ".br", ".PP", ".TP", ".nf", ".fi");

    private static final Path OPTIONS = Path.of("..", "docs", "options.md");

    @Test
    void theCommittedPageOfOptionsIsUpToDate() throws IOException {
        String made = CommandRun.of("help", "--markdown").ok().out();
        assertTrue(Files.exists(OPTIONS), "docs/options.md is missing; " + remedy());
        assertEquals(made, Files.readString(OPTIONS), "docs/options.md is not what the option tables say; " + remedy());
    }

    private static String remedy() {
        return "run ./lathe help --markdown > docs/options.md";
    }

    @Test
    void everyOptionHasADefaultOrIsRequired() {
        for (Command command : Commands.ALL) {
            String help = CommandRun.of(command.name(), "--help").ok().out().replaceAll("\\s+", " ");
            for (CommandOption option : Arguments.optionsOf(command)) {
                if (option.value().isPresent()) {
                    String fallback = "[%s]".formatted(Help.fallback(option).orElseThrow());
                    assertTrue(help.contains(fallback), () -> command.name() + " --" + option.name() + ": " + help);
                }
                assertTrue(help.contains(option.synopsis()), () -> option.synopsis() + " is missing in " + help);
            }
        }
        assertEquals(
                List.of("images", "labels"),
                Commands.named("evaluate").options().stream()
                        .filter(option ->
                                Help.fallback(option).filter("required"::equals).isPresent())
                        .map(CommandOption::name)
                        .toList());
    }

    @Test
    void theManualPageNamesEveryCommandOptionAndCode() {
        String page = CommandRun.of("help", "--man").ok().out();
        for (Command command : Commands.ALL) {
            assertTrue(page.contains(".SS lathe " + command.name() + "\n"), command::name);
            for (CommandOption option : Arguments.optionsOf(command)) {
                String name = "\\-\\-" + option.name().replace("-", "\\-");
                assertTrue(page.contains(name), () -> name + " is missing in\n" + page);
            }
        }
        for (ExitCode code : ExitCode.values()) {
            assertTrue(page.contains("\n.B %d\n".formatted(code.number())), code::toString);
        }
        for (String section : List.of("NAME", "SYNOPSIS", "COMMANDS", "EXIT STATUS", "ENVIRONMENT")) {
            assertTrue(page.contains("\n.SH " + section + "\n"), section);
        }
    }

    /** No line begins a request by accident, no dash is left to become a hyphen, and lines are short. */
    @Test
    void theManualPageIsCleanRoff() {
        String page = CommandRun.of("help", "--man").ok().out();
        for (String line : page.lines().toList()) {
            assertFalse(line.isEmpty() || line.startsWith("'") || line.endsWith(" "), "'" + line + "'");
            if (line.startsWith(".")) {
                assertTrue(REQUESTS.contains(line.split(" ", 2)[0]), line);
            } else if (!line.startsWith(" ")) {
                assertTrue(line.length() <= 90, line);
            }
            assertFalse(line.replace("\\-", "").replace("\\\"", "").contains("-"), line);
            assertTrue(line.chars().allMatch(c -> c < 128), line);
        }
    }

    @Test
    void helpAsJsonHoldsTheTables() {
        JsonObject answer = CommandRun.of("help", "inspect", "--json").ok().json();
        JsonObject inspect = answer.getAsJsonArray("commands").get(0).getAsJsonObject();
        assertEquals("inspect", inspect.get("name").getAsString());
        assertEquals(1, answer.getAsJsonArray("commands").size());
        assertEquals(
                Commands.ALL.size(),
                CommandRun.of("help", "--json")
                        .ok()
                        .json()
                        .getAsJsonArray("commands")
                        .size());
    }
}
