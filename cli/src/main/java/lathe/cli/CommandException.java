package lathe.cli;

/** A failure that the user can do something about; ends the command with one line and an exit code. */
final class CommandException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient ExitCode code;

    private CommandException(ExitCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** The command line or a file it names is wrong. */
    static CommandException badInput(String message) {
        return new CommandException(ExitCode.BAD_INPUT, message, null);
    }

    /** As above, with the failure that led to it. */
    static CommandException badInput(String message, Throwable cause) {
        return new CommandException(ExitCode.BAD_INPUT, message, cause);
    }

    /** The input is right, and yet the command cannot do what was asked. */
    static CommandException impossible(String message, Throwable cause) {
        return new CommandException(ExitCode.IMPOSSIBLE, message, cause);
    }

    ExitCode code() {
        return code;
    }
}
