package lathe.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import lathe.cli.commands.Commands;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Console;
import lathe.cli.shell.ExitCode;
import lathe.cli.shell.Failure;
import lathe.cli.shell.Help;
import lathe.cli.shell.Streams;
import lathe.cli.shell.Version;

/** Entry point: finds the command, runs it, and turns failures into one line and an exit code. */
public final class Main {

    private final List<String> words;
    private final Streams streams;
    private Console console;

    private Main(List<String> words, Streams streams) {
        this.words = words;
        this.streams = streams;
        this.console = new Console(streams, has(CommandOption.JSON), false);
    }

    /** Runs the command line and ends the process with its exit code. */
    public static void main(String[] args) {
        Streams streams = new Streams(
                System.in,
                System.out,
                System.err,
                Boolean.getBoolean("lathe.output.terminal"),
                Boolean.getBoolean("lathe.terminal"));
        int code = run(streams, args);
        System.out.flush();
        System.exit(code);
    }

    /**
     * Runs a command line with nothing to read from standard input. Never throws and never ends the process.
     *
     * @param out gets the answer
     * @param err gets progress, warnings and errors
     * @param terminal true if {@code err} is a terminal
     * @param args as typed, without the program's name
     * @return the exit code
     */
    public static int run(PrintStream out, PrintStream err, boolean terminal, String... args) {
        return run(new Streams(InputStream.nullInputStream(), out, err, false, terminal), args);
    }

    /** The same with all streams. */
    static int run(Streams streams, String... args) {
        return new Main(List.of(args), streams).run().number();
    }

    private ExitCode run() {
        try {
            return dispatch();
        } catch (IOException | RuntimeException | VirtualMachineError | LinkageError e) {
            return failed(Failure.of(e));
        } finally {
            console.close();
        }
    }

    private ExitCode dispatch() throws IOException {
        String first = words.isEmpty() ? "" : words.get(0);
        List<String> rest = words.isEmpty() ? words : words.subList(1, words.size());
        switch (first) {
            case "" -> {
                streams.err().println(Help.overview(Commands.ALL));
                return ExitCode.BAD_INPUT;
            }
            case "--help", "-h" -> execute(Commands.named(Commands.HELP), rest);
            case "--version", "-V", "version" ->
                streams.out().println("lathe %s (Java %s)".formatted(Version.TEXT, Runtime.version()));
            default -> execute(Commands.named(first), rest);
        }
        return ExitCode.OK;
    }

    private void execute(Command command, List<String> rest) throws IOException {
        Arguments arguments = Arguments.parse(command, rest);
        if (arguments.wantsHelp()) {
            streams.out().println(Help.of(command));
            return;
        }
        arguments.checkOperands();
        console = new Console(streams, has(CommandOption.JSON), arguments.has(CommandOption.QUIET.name()));
        command.action().run(arguments, console);
    }

    private boolean has(CommandOption flag) {
        return words.contains("--" + flag.name());
    }

    private ExitCode failed(Failure failure) {
        console.fail(failure);
        if (has(CommandOption.DEBUG)) {
            console.trace(failure.cause());
        }
        return failure.code();
    }
}
