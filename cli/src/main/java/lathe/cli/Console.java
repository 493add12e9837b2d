package lathe.cli;

import java.io.PrintStream;
import lathe.engine.pipeline.ProgressListener;

/** Where a command writes: the answer to one stream, progress and warnings to the other. */
final class Console implements AutoCloseable {

    private final PrintStream out;
    private final PrintStream err;
    private final boolean json;
    private final boolean quiet;
    private final ProgressLine progress;
    private final boolean showsProgress;

    /**
     * @param out gets the answer
     * @param err gets progress, warnings, errors
     * @param json true if the answer is one JSON object
     * @param quiet true to print errors only
     * @param terminal true if {@code err} is a terminal
     */
    Console(PrintStream out, PrintStream err, boolean json, boolean quiet, boolean terminal) {
        this.out = out;
        this.err = err;
        this.json = json;
        this.quiet = quiet;
        this.progress = new ProgressLine(err);
        this.showsProgress = terminal && !quiet;
    }

    /** A line of the answer, in words; not printed when the answer is JSON or nothing. */
    void say(String text) {
        progress.close();
        if (!json && !quiet) {
            out.println(text.stripTrailing());
        }
    }

    /** The answer as JSON; not printed when it is in words. */
    void answer(Object object) {
        progress.close();
        if (json) {
            out.println(Json.of(object));
        }
    }

    /** A line that is no part of the answer. */
    void warn(String text) {
        progress.close();
        if (!quiet) {
            err.println("lathe: " + text);
        }
    }

    /** Shows how far a run is, on a terminal; otherwise shows nothing. */
    ProgressListener progress() {
        return showsProgress ? progress : ProgressListener.NONE;
    }

    /** Wipes the progress bar, if there is one. */
    @Override
    public void close() {
        progress.close();
    }
}
