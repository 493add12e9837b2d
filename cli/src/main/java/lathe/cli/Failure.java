package lathe.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.pipeline.NothingToCompressException;

/**
 * What went wrong, for people and for the exit code.
 *
 * @param code what the process returns
 * @param message one line
 * @param cause where it happened, for {@code --debug}
 * @param answered true if the answer on the console says it already
 */
record Failure(ExitCode code, String message, Throwable cause, boolean answered) {

    Failure {
        message = message.lines().findFirst().orElse("");
    }

    /** Any failure of a command. */
    static Failure of(Throwable thrown) {
        if (thrown instanceof CommandException e) {
            return new Failure(e.code(), e.getMessage(), e, e.answered());
        }
        if (thrown instanceof UnsupportedModelException || thrown instanceof NothingToCompressException) {
            return of(ExitCode.IMPOSSIBLE, thrown.getMessage(), thrown);
        }
        if (thrown instanceof IOException || thrown instanceof UncheckedIOException) {
            return of(ExitCode.IMPOSSIBLE, ModelFiles.describe((Exception) thrown), thrown);
        }
        if (isOutOfMemory(thrown)) {
            String message = "out of memory; allow more with --max-memory, or lower --images or --threads";
            return of(ExitCode.IMPOSSIBLE, message, thrown);
        }
        if (thrown instanceof InternalError) { // also where a mapped file has lost the bytes that are read
            String message = "a file was cut short while it was in use, or the JVM failed; try again: " + thrown;
            return of(ExitCode.IMPOSSIBLE, message, thrown);
        }
        String message = "internal error, please report it with what --debug prints: ";
        return of(
                ExitCode.INTERNAL,
                message + thrown.toString().lines().findFirst().orElse(""),
                thrown);
    }

    /** Also where memory ran out while a class was being initialized. */
    private static boolean isOutOfMemory(Throwable thrown) {
        Throwable cause = thrown;
        while (cause != null && !(cause instanceof OutOfMemoryError)) {
            cause = cause.getCause();
        }
        return cause != null;
    }

    private static Failure of(ExitCode code, String message, Throwable cause) {
        return new Failure(code, message, cause, false);
    }
}
