package lathe.cli.shell;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import lathe.engine.pipeline.ProgressListener;

/** Where a command writes: the answer to one stream, progress and warnings to the other. */
public final class Console implements AutoCloseable {

    private final Streams streams;
    private PrintStream text;
    private final boolean json;
    private final boolean quiet;
    private final ProgressLine line;
    private final ProgressListener progress;

    /**
     * @param json true if the answer is one JSON object
     * @param quiet true to print errors only
     */
    public Console(Streams streams, boolean json, boolean quiet) {
        this(streams, json, quiet, new ProgressLine(streams.err()));
    }

    private Console(Streams streams, boolean json, boolean quiet, ProgressLine line) {
        this(streams, json, quiet, line, streams.errIsTerminal() && !quiet ? line : ProgressListener.NONE);
    }

    private Console(Streams streams, boolean json, boolean quiet, ProgressLine line, ProgressListener progress) {
        this.streams = streams;
        this.text = streams.out();
        this.json = json;
        this.quiet = quiet;
        this.line = line;
        this.progress = progress;
    }

    /** From now on the answer, too, goes to the error stream: standard output is for a model. */
    public void leaveOutputFree() {
        text = streams.err();
    }

    /** The same where everything goes to other streams, with another listener for the progress. */
    public Console into(PrintStream out, PrintStream err, ProgressListener listener) {
        return new Console(
                new Streams(streams.in(), out, err, false, false), json, quiet, new ProgressLine(err), listener);
    }

    /** A line of the answer, in words; not printed when the answer is JSON or nothing. */
    public void say(String words) {
        show(Printable.line(words));
    }

    /** The same of several lines, such as a table. */
    public void show(String lines) {
        if (!json && !quiet) {
            line.above(() -> text.println(Printable.lines(lines.stripTrailing())));
        }
    }

    /** The answer as JSON; not printed when it is in words. */
    public void answer(Object object) {
        if (json) {
            line.above(() -> text.println(Printable.lines(Json.of(object))));
        }
    }

    /** A line that is no part of the answer. */
    public void warn(String words) {
        if (!quiet) {
            complain(words);
        }
    }

    /** A line about something that failed; printed also when quiet. */
    public void complain(String words) {
        line.above(() -> streams.err().println("lathe: " + Printable.line(words)));
    }

    /** A failure: an object in place of the answer, unless that reports it, and a line even when quiet. */
    public void fail(Failure failure) {
        if (!failure.answered()) {
            answer(Map.of("error", Json.error(failure.code(), failure.message())));
        }
        complain(failure.message());
    }

    /** Where a failure comes from, for whoever looks for the reason. */
    public void trace(Throwable cause) {
        StringWriter trace = new StringWriter();
        cause.printStackTrace(new PrintWriter(trace, true));
        trace.toString().lines().map(Printable::lines).forEach(streams.err()::println);
    }

    /** Shows how far a run is, on a terminal; otherwise shows nothing. */
    public ProgressListener progress() {
        return progress;
    }

    /** What comes in through standard input. */
    public InputStream input() {
        return streams.in();
    }

    /** True if a person reads standard output. */
    public boolean outputIsTerminal() {
        return streams.outIsTerminal();
    }

    /**
     * Bytes to standard output.
     *
     * @throws IOException if whoever should read them is gone
     */
    public void write(byte[] bytes) throws IOException {
        write(new ByteArrayInputStream(bytes), bytes.length);
    }

    /** The same of as many bytes from a stream. */
    public void write(InputStream content, long bytes) throws IOException {
        line.close();
        PrintStream out = streams.out();
        content.transferTo(out);
        if (out.checkError()) {
            throw new IOException("standard output: closed before all %d bytes were written".formatted(bytes));
        }
    }

    /** Wipes the progress bar, if there is one. */
    @Override
    public void close() {
        line.close();
    }
}
