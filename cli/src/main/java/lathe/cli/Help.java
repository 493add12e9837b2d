package lathe.cli;

import java.util.List;
import java.util.Optional;

/** The help texts, made from the commands' own tables. */
final class Help {

    private static final int WIDTH = 100;
    private static final int LONGEST_SYNOPSIS = 26;

    private Help() {}

    /** Help of the whole program. */
    static String overview(List<Command> commands) {
        Table table = new Table("", "");
        commands.forEach(command -> table.row(command.name(), command.summary()));
        return """
                Lathe makes a pretrained ONNX network smaller, without data.

                Examples
                  lathe demo
                  lathe compress mobilenet.onnx

                Commands
                %s

                'lathe COMMAND --help' tells more, 'lathe --version' the version.

                %s""".formatted(table.render("  "), exitCodes());
    }

    /** Help of one command: examples first, then every option with its default. */
    static String of(Command command) {
        StringBuilder text = new StringBuilder();
        text.append("lathe ")
                .append(command.name())
                .append(": ")
                .append(command.summary())
                .append("\n\nExamples\n");
        command.examples()
                .forEach(example -> text.append("  lathe ").append(example).append('\n'));
        text.append("\nUsage\n  lathe ").append(command.name());
        command.operands().forEach(operand -> text.append(' ').append(operand));
        text.append(" [OPTION...]\n\nOptions\n");
        Arguments.optionsOf(command).forEach(option -> appendOption(text, option));
        return text.append('\n').append(exitCodes()).toString();
    }

    private static void appendOption(StringBuilder text, CommandOption option) {
        String indent = " ".repeat(LONGEST_SYNOPSIS + 4);
        Optional<String> fallback = option.fallback().map(value -> " [" + value + "]");
        StringBuilder line = new StringBuilder("  " + option.synopsis());
        if (line.length() > LONGEST_SYNOPSIS + 2) {
            text.append(line).append('\n');
            line.setLength(0);
        }
        line.append(" ".repeat(indent.length() - line.length()));
        for (String word : (option.text() + fallback.orElse("")).split(" ", -1)) {
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
