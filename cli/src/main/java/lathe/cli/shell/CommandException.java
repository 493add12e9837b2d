package lathe.cli.shell;

/** A failure that the user can do something about; ends the command with one line and an exit code. */
public final class CommandException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient ExitCode code;
    private final boolean answered;

    private CommandException(ExitCode code, String message, Throwable cause) {
        this(code, message, cause, false);
    }

    private CommandException(ExitCode code, String message, Throwable cause, boolean answered) {
        super(message, cause);
        this.code = code;
        this.answered = answered;
    }

    /** The command line or a file it names is wrong. */
    public static CommandException badInput(String message) {
        return new CommandException(ExitCode.BAD_INPUT, message, null);
    }

    /** As above, with the failure that led to it. */
    public static CommandException badInput(String message, Throwable cause) {
        return new CommandException(ExitCode.BAD_INPUT, message, cause);
    }

    /** The input is right, and yet the command cannot do what was asked. */
    public static CommandException impossible(String message, Throwable cause) {
        return new CommandException(ExitCode.IMPOSSIBLE, message, cause);
    }

    /** The result is not as good as was asked for. */
    public static CommandException gateFailed(String message) {
        return new CommandException(ExitCode.GATE_FAILED, message, null);
    }

    /** As above, after an answer that holds all there is to say. */
    public static CommandException gateFailedAsAnswered(String message) {
        return new CommandException(ExitCode.GATE_FAILED, message, null, true);
    }

    /** A failure of several models that the answer on the console reports already; no other answer follows. */
    public static CommandException afterAnswer(ExitCode code, String message) {
        return new CommandException(code, message, null, true);
    }

    public ExitCode code() {
        return code;
    }

    /** True if the answer is out already, so that JSON needs no other object. */
    boolean answered() {
        return answered;
    }
}
