package lathe.cli.shell;

import java.util.List;

/** The reference of all options, in Markdown, made from the commands' own tables. */
public final class OptionsPage {

    private OptionsPage() {}

    /** The page of all commands. */
    public static String of(List<Command> commands) {
        StringBuilder text = new StringBuilder("""
                # Commands and options

                Made by `lathe help --markdown`; do not edit. `lathe COMMAND --help` prints the same.
                """);
        commands.forEach(command -> append(text, command));
        text.append("\n## Exit codes\n\n| code | meaning |\n|---|---|\n");
        for (ExitCode code : ExitCode.values()) {
            text.append("| %d | %s |\n".formatted(code.number(), cell(code.meaning())));
        }
        text.append("\n## Environment\n\n| variable | meaning |\n|---|---|\n");
        Help.ENVIRONMENT.forEach((name, meaning) -> text.append("| `%s` | %s |\n".formatted(name, cell(meaning))));
        return text.toString();
    }

    private static void append(StringBuilder text, Command command) {
        text.append("\n## lathe %s\n\nThis command %s.\n\n".formatted(Help.usage(command), command.summary()));
        command.examples().forEach(example -> text.append("    lathe %s\n".formatted(example)));
        text.append("\n| option | default | meaning |\n|---|---|---|\n");
        for (CommandOption option : Arguments.optionsOf(command)) {
            text.append("| `%s` | %s | %s |\n"
                    .formatted(
                            cell(option.synopsis()), cell(Help.fallback(option).orElse("")), cell(option.text())));
        }
    }

    /** A cell ends at a bar. */
    private static String cell(String text) {
        return text.replace("|", "\\|");
    }
}
