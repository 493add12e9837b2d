package lathe.cli.shell;

import java.util.List;
import java.util.stream.Collectors;

/** The manual page, in roff with the man macros, made from the commands' own tables. */
public final class ManPage {

    private static final int WIDTH = 78;

    private ManPage() {}

    /** The page of all commands. */
    public static String of(List<Command> commands) {
        StringBuilder text = new StringBuilder();
        text.append("""
                .\\" Made by 'lathe help \\-\\-man'.
                .TH LATHE 1 "" "lathe %s" "User Commands"
                .SH NAME
                lathe \\- compress a pretrained ONNX network without data
                .SH SYNOPSIS
                """.formatted(escaped(Version.TEXT)));
        text.append(commands.stream().map(ManPage::synopsis).collect(Collectors.joining(".br\n")));
        text.append("""
                .SH DESCRIPTION
                Lathe compresses a pretrained ONNX network without data: it quantizes weights
                to 8 to 1 bits, prunes them, or both. Stock ONNX Runtime runs the result. No
                training, no GPU, no Python.
                .SH COMMANDS
                """);
        commands.forEach(command -> append(text, command));
        text.append(".SH EXIT STATUS\n");
        for (ExitCode code : ExitCode.values()) {
            text.append(".TP\n.B %d\n%s\n".formatted(code.number(), line(code.meaning())));
        }
        text.append(".SH ENVIRONMENT\n");
        Help.ENVIRONMENT.forEach(
                (name, meaning) -> text.append(".TP\n.B %s\n%s\n".formatted(escaped(name), line(meaning))));
        return text.toString();
    }

    private static String synopsis(Command command) {
        String operands = command.operands().stream()
                .map(operand -> " \\fI%s\\fR".formatted(escaped(operand)))
                .collect(Collectors.joining());
        return ".B lathe %s\n%s [\\fIOPTION\\fR...]\n"
                .formatted(escaped(command.name()), operands.isEmpty() ? "" : operands.substring(1))
                .replace("\n [", "\n[");
    }

    private static void append(StringBuilder text, Command command) {
        text.append(".SS lathe %s\n%s.\n".formatted(escaped(command.name()), line(upper(command.summary()))));
        text.append(".PP\n.nf\n");
        command.examples().forEach(example -> text.append("    lathe %s\n".formatted(escaped(example))));
        text.append(".fi\n");
        for (CommandOption option : Arguments.optionsOf(command)) {
            text.append(".TP\n.B %s\n%s\n".formatted(escaped(option.synopsis()), line(Help.explained(option))));
        }
    }

    private static String upper(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }

    /** Lines of text. A period or an apostrophe at the beginning of one would make it a request. */
    private static String line(String text) {
        StringBuilder lines = new StringBuilder();
        int length = 0;
        for (String word : escaped(text).split(" ", -1)) {
            boolean breaks = length == 0 || length + word.length() >= WIDTH;
            String guarded = breaks && word.matches("[.'].*") ? "\\&" + word : word;
            lines.append(breaks && length > 0 ? "\n" : breaks ? "" : " ").append(guarded);
            length = (breaks ? 0 : length + 1) + guarded.length();
        }
        return lines.toString();
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\e")
                .replace("-", "\\-")
                .replace("'", "\\(aq")
                .replace("~", "\\(ti");
    }
}
