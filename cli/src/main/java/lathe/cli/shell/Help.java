package lathe.cli.shell;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The help texts, made from the commands' own tables. */
public final class Help {

    private static final int WIDTH = 100;
    private static final int LONGEST_SYNOPSIS = 26;

    /** Environment variables that matter, with what they do. */
    static final Map<String, String> ENVIRONMENT = environment();

    private Help() {}

    private static Map<String, String> environment() {
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put("JAVA_HOME", "the JDK that the launcher uses, if its version is 17 to 25");
        variables.put("LATHE_JAVA_OPTS", "options for the Java virtual machine, such as -Xmx4g");
        variables.put("NO_COLOR", "has no effect: Lathe never prints colours");
        variables.put("TERM", "if it is dumb, no progress line is drawn");
        return variables;
    }

    /** Help of the whole program. */
    public static String overview(List<Command> commands) {
        Table table = new Table("", "");
        commands.forEach(command -> table.row(command.name(), command.summary()));
        return """
                Lathe compresses a pretrained ONNX network without data.

                Examples
                  lathe demo
                  lathe compress mobilenet.onnx

                Commands
                %s

                'lathe COMMAND --help' shows the options of a command, 'lathe --version' the version.

                %s""".formatted(table.render("  "), exitCodes());
    }

    /** Help of one command: examples first, then every option with its default. */
    public static String of(Command command) {
        StringBuilder text = new StringBuilder();
        text.append("lathe ")
                .append(command.name())
                .append(": ")
                .append(command.summary())
                .append("\n\nExamples\n");
        command.examples()
                .forEach(example -> text.append("  lathe ").append(example).append('\n'));
        text.append("\nUsage\n  lathe ").append(usage(command)).append(" [OPTION...]\n\nOptions\n");
        Arguments.optionsOf(command).forEach(option -> appendOption(text, option));
        return text.append('\n').append(exitCodes()).toString();
    }

    /** A command and its operands. */
    static String usage(Command command) {
        return String.join(
                " ",
                Stream.concat(Stream.of(command.name()), command.operands().stream())
                        .toList());
    }

    /** The default of an option in words; empty for a flag. */
    static Optional<String> fallback(CommandOption option) {
        return option.value().map(name -> option.fallback().orElse("required"));
    }

    /** What an option does, and its default. */
    static String explained(CommandOption option) {
        return option.text() + fallback(option).map(value -> " [" + value + "]").orElse("");
    }

    private static void appendOption(StringBuilder text, CommandOption option) {
        String indent = " ".repeat(LONGEST_SYNOPSIS + 4);
        StringBuilder line = new StringBuilder("  " + option.synopsis());
        if (line.length() > LONGEST_SYNOPSIS + 2) {
            text.append(line).append('\n');
            line.setLength(0);
        }
        line.append(" ".repeat(indent.length() - line.length()));
        for (String word : explained(option).split(" ", -1)) {
            if (line.length() + word.length() > WIDTH) {
                text.append(line.toString().stripTrailing()).append('\n');
                line.setLength(0);
                line.append(indent);
            }
            line.append(word).append(' ');
        }
        text.append(line.toString().stripTrailing()).append('\n');
    }

    private static String exitCodes() {
        Table table = new Table("", "");
        for (ExitCode code : ExitCode.values()) {
            table.row(String.valueOf(code.number()), code.meaning());
        }
        return "Exit codes\n" + table.render("  ");
    }
}
