package lathe.cli;

import java.io.PrintStream;
import lathe.engine.pipeline.ProgressListener;

/**
 * Where a command writes: the answer to one stream, progress and warnings to the other.
 *
 * @param out the answer
 * @param err progress, warnings, errors
 * @param json true if the answer is one JSON object
 * @param quiet true to print errors only
 * @param terminal true if {@code err} is a terminal
 */
record Console(PrintStream out, PrintStream err, boolean json, boolean quiet, boolean terminal) {

    /** A line of the answer, in words; not printed when the answer is JSON or nothing. */
    void say(String text) {
        if (!json && !quiet) {
            out.println(text.stripTrailing());
        }
    }

    /** The answer as JSON; not printed when it is in words. */
    void answer(Object object) {
        if (json) {
            out.println(Json.of(object));
        }
    }

    /** A line that is no part of the answer. */
    void warn(String text) {
        if (!quiet) {
            err.println("lathe: " + text);
        }
    }

    /** Shows how far a run is, on a terminal; otherwise shows nothing. */
    ProgressListener progress() {
        return terminal && !quiet ? new ProgressLine(err) : ProgressListener.NONE;
    }
}
