package lathe.cli.commands;

import java.util.List;
import java.util.Optional;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandException;

/** The commands of {@code lathe}. */
public final class Commands {

    /** The one that explains the others. */
    public static final String HELP = "help";

    /** All, in the order of the help. */
    public static final List<Command> ALL = List.of(
            CompressCommand.COMMAND,
            SweepCommand.COMMAND,
            InspectCommand.COMMAND,
            ProfileCommand.COMMAND,
            PackCommand.COMMAND,
            UnpackCommand.COMMAND,
            VerifyCommand.COMMAND,
            EvaluateCommand.COMMAND,
            DemoCommand.COMMAND,
            HelpCommand.COMMAND,
            CompletionCommand.COMMAND);

    private Commands() {}

    /**
     * The command of a name.
     *
     * @throws CommandException if there is none
     */
    public static Command named(String name) {
        Optional<Command> found =
                ALL.stream().filter(command -> command.name().equals(name)).findFirst();
        return found.orElseThrow(() -> {
            String hint = name.endsWith(".onnx")
                    ? " (did you mean compress %s?)".formatted(name)
                    : Arguments.suggestion(name, ALL.stream().map(Command::name).toList());
            String kind = name.startsWith("-") ? "option" : "command";
            return CommandException.badInput("unknown %s %s%s; see 'lathe --help'".formatted(kind, name, hint));
        });
    }
}
