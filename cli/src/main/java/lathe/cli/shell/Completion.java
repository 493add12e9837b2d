package lathe.cli.shell;

import java.util.List;

/** The scripts that teach a shell the commands and options, made from their tables. */
public final class Completion {

    /** Shells that there is a script for. */
    public static final List<String> SHELLS = List.of("bash", "zsh", "fish");

    private Completion() {}

    /**
     * The script for a shell.
     *
     * @param shell one of {@link #SHELLS}
     * @throws CommandException if it is none
     */
    public static String script(String shell, List<Command> commands) {
        return switch (shell) {
            case "bash" -> BashCompletion.script(commands);
            case "zsh" -> ZshCompletion.script(commands);
            case "fish" -> FishCompletion.script(commands);
            default ->
                throw CommandException.badInput("%s: must be one of %s%s"
                        .formatted(shell, String.join(", ", SHELLS), Arguments.suggestion(shell, SHELLS)));
        };
    }
}
