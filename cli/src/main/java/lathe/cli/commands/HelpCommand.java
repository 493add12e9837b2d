package lathe.cli.commands;

import java.util.List;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Console;
import lathe.cli.shell.Help;
import lathe.cli.shell.ManPage;
import lathe.cli.shell.OptionsPage;

/** {@code lathe help}: the commands and their options, as a text, a manual page or a page of documentation. */
final class HelpCommand {

    private static final String MAN = "man";
    private static final String MARKDOWN = "markdown";

    static final Command COMMAND = new Command(
            Commands.HELP,
            "explains Lathe or one of its commands",
            List.of("[COMMAND]"),
            List.of("help compress", "help --man | man -l -"),
            List.of(
                    CommandOption.flag(MAN, "print the manual page, in roff"),
                    CommandOption.flag(MARKDOWN, "print the reference of all options, in Markdown")),
            HelpCommand::run);

    private HelpCommand() {}

    /** An option in the answer. */
    private record OptionLine(String name, Character letter, String value, String fallback, String text) {
        private static OptionLine of(CommandOption option) {
            return new OptionLine(
                    option.name(),
                    option.letter().orElse(null),
                    option.value().orElse(null),
                    option.fallback().orElse(null),
                    option.text());
        }
    }

    /** A command in the answer. */
    private record CommandLine(
            String name, String summary, List<String> operands, List<String> examples, List<OptionLine> options) {
        private static CommandLine of(Command command) {
            return new CommandLine(
                    command.name(),
                    command.summary(),
                    command.operands(),
                    command.examples(),
                    Arguments.optionsOf(command).stream().map(OptionLine::of).toList());
        }
    }

    /** The answer. */
    private record Answer(List<CommandLine> commands) {}

    private static void run(Arguments arguments, Console console) {
        List<Command> all = Commands.ALL;
        List<Command> asked = arguments.operands().isEmpty() ? all : List.of(Commands.named(arguments.operand(0)));
        console.answer(new Answer(asked.stream().map(CommandLine::of).toList()));
        if (arguments.has(MAN)) {
            console.show(ManPage.of(all));
        } else if (arguments.has(MARKDOWN)) {
            console.show(OptionsPage.of(all));
        } else {
            console.show(asked.size() == 1 ? Help.of(asked.get(0)) : Help.overview(all));
        }
    }
}
