package lathe.cli.shell;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
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
public record Failure(ExitCode code, String message, Throwable cause, boolean answered) {

    public Failure {
        message = message.lines().findFirst().orElse("");
    }

    /** Any failure of a command. */
    public static Failure of(Throwable thrown) {
        if (thrown instanceof CommandException e) {
            return new Failure(e.code(), advised(e), e, e.answered());
        }
        if (thrown instanceof UnsupportedModelException || thrown instanceof NothingToCompressException) {
            return of(ExitCode.IMPOSSIBLE, advised(thrown), thrown);
        }
        if (thrown instanceof IOException || thrown instanceof UncheckedIOException) {
            return of(ExitCode.IMPOSSIBLE, described((Exception) thrown), thrown);
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

    /** The message, with what helps where memory ran out while a network was run. */
    private static String advised(Throwable thrown) {
        return thrown.getMessage() + (isOutOfMemory(thrown) ? "; allow more with --max-memory" : "");
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

    /** A failure of the file system in one line: which file, and what happened. */
    private static String described(Exception failure) {
        Throwable cause = failure instanceof UncheckedIOException ? failure.getCause() : failure;
        if (cause instanceof NoSuchFileException e) {
            return "%s: no such file".formatted(e.getFile());
        }
        if (cause instanceof NotDirectoryException e) {
            return "%s: not a folder".formatted(e.getFile());
        }
        if (cause instanceof AccessDeniedException e) {
            return "%s: access denied; check its permissions".formatted(e.getFile());
        }
        if (cause instanceof FileSystemException e && e.getReason() != null) {
            return "%s: %s".formatted(e.getFile(), e.getReason());
        }
        return String.valueOf(cause.getMessage());
    }
}
