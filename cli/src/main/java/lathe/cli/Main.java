package lathe.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.pipeline.NothingToCompressException;

/** Entry point: finds the command, runs it, and turns failures into one line and an exit code. */
public final class Main {

    private static final List<Command> COMMANDS = List.of(
            new CompressCommand(), new InspectCommand(), new VerifyCommand(), new EvaluateCommand(), new DemoCommand());

    private final List<String> words;
    private final PrintStream out;
    private final PrintStream err;
    private final boolean terminal;

    private Main(List<String> words, PrintStream out, PrintStream err, boolean terminal) {
        this.words = words;
        this.out = out;
        this.err = err;
        this.terminal = terminal;
    }

    /** Runs the command line and ends the process with its exit code. */
    public static void main(String[] args) {
        int code = run(System.out, System.err, Boolean.getBoolean("lathe.terminal"), args);
        System.out.flush();
        System.exit(code);
    }

    /**
     * Runs a command line. Never throws and never ends the process.
     *
     * @param out gets the answer
     * @param err gets progress, warnings and errors
     * @param terminal true if {@code err} is a terminal
     * @param args as typed, without the program's name
     * @return the exit code
     */
    public static int run(PrintStream out, PrintStream err, boolean terminal, String... args) {
        return new Main(List.of(args), out, err, terminal).run().number();
    }

    private ExitCode run() {
        try {
            return dispatch();
        } catch (CommandException e) {
            return failed(e.code(), e.getMessage(), e);
        } catch (UnsupportedModelException | NothingToCompressException e) {
            return failed(ExitCode.IMPOSSIBLE, e.getMessage(), e);
        } catch (IOException | UncheckedIOException e) {
            return failed(ExitCode.IMPOSSIBLE, ModelFiles.describe(e), e);
        } catch (OutOfMemoryError e) {
            return failed(
                    ExitCode.IMPOSSIBLE,
                    "out of memory; allow more with --max-memory, or lower --images or --threads",
                    e);
        } catch (InternalError e) { // what the JVM throws where a mapped file has lost the bytes that are read
            return failed(
                    ExitCode.IMPOSSIBLE,
                    "a file was cut short while it was in use, or the JVM failed; try again: "
                            + firstLine(e.toString()),
                    e);
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
            return failed(
                    ExitCode.INTERNAL,
                    "internal error, please report it with what --debug prints: " + firstLine(e.toString()),
                    e);
        }
    }

    private ExitCode dispatch() throws IOException {
        String first = words.isEmpty() ? "" : words.get(0);
        List<String> rest = words.isEmpty() ? words : words.subList(1, words.size());
        switch (first) {
            case "" -> {
                err.println(Help.overview(COMMANDS));
                return ExitCode.BAD_INPUT;
            }
            case "--help", "-h", "help" ->
                out.println(rest.isEmpty() ? Help.overview(COMMANDS) : Help.of(command(rest.get(0))));
            case "--version", "-V", "version" ->
                out.println("lathe %s (Java %s)".formatted(Version.TEXT, Runtime.version()));
            default -> execute(command(first), rest);
        }
        return ExitCode.OK;
    }

    private void execute(Command command, List<String> rest) throws IOException {
        Arguments arguments = Arguments.parse(command, rest);
        if (arguments.wantsHelp()) {
            out.println(Help.of(command));
            return;
        }
        arguments.checkOperands();
        boolean quiet = arguments.has(CommandOption.QUIET.name());
        try (Console console = new Console(out, err, wantsJson(), quiet, terminal)) {
            command.run(arguments, console);
        }
    }

    private static Command command(String name) {
        Optional<Command> found =
                COMMANDS.stream().filter(command -> command.name().equals(name)).findFirst();
        return found.orElseThrow(() -> {
            String hint = name.endsWith(".onnx")
                    ? " (did you mean compress %s?)".formatted(name)
                    : Arguments.suggestion(
                            name, COMMANDS.stream().map(Command::name).toList());
            String kind = name.startsWith("-") ? "option" : "command";
            return CommandException.badInput("unknown %s %s%s; see 'lathe --help'".formatted(kind, name, hint));
        });
    }

    private boolean wantsJson() {
        return words.contains("--" + CommandOption.JSON.name());
    }

    private ExitCode failed(ExitCode code, String message, Throwable cause) {
        boolean answered = cause instanceof CommandException known && known.answered();
        if (wantsJson() && !answered) {
            out.println(Json.ofError(code, message));
        }
        err.println("lathe: " + firstLine(message));
        if (words.contains("--" + CommandOption.DEBUG.name())) {
            cause.printStackTrace(err);
        }
        return code;
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }
}
