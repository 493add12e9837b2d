package lathe.engine.onnx;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Files under temporary names that have to go when the process is told to end (Ctrl-C, SIGTERM) before they are in
 * their places. Thread-safe. What kills the process without telling it leaves them behind.
 */
final class UnfinishedFiles {

    /** Held by whoever creates files or puts them in their places; from the end of the process on, by nobody. */
    private static final ReentrantLock LOCK = new ReentrantLock();

    private static final Set<Path> FILES = new LinkedHashSet<>();
    private static boolean watching;

    private UnfinishedFiles() {}

    /** A step that files depend on. */
    interface Step {
        void run() throws IOException;
    }

    /**
     * Creates a file that is deleted when the process is told to end.
     *
     * @throws java.nio.file.FileAlreadyExistsException if it is there
     */
    static FileChannel create(Path file) throws IOException {
        LOCK.lock();
        try {
            if (!watching) {
                Runtime.getRuntime().addShutdownHook(new Thread(UnfinishedFiles::deleteAll, "unfinished files"));
                watching = true;
            }
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            FILES.add(file.toAbsolutePath());
            return channel;
        } finally {
            LOCK.unlock();
        }
    }

    /** A file is in its place, or gone. */
    static void forget(Path file) {
        LOCK.lock();
        try {
            FILES.remove(file.toAbsolutePath());
        } finally {
            LOCK.unlock();
        }
    }

    /** Does something that the end of the process waits for, or that does not begin any more. */
    static void uninterrupted(Step step) throws IOException {
        LOCK.lock();
        try {
            step.run();
        } finally {
            LOCK.unlock();
        }
    }

    /** Keeps the lock: whoever would create or move a file now waits until the process is gone. */
    private static void deleteAll() {
        LOCK.lock();
        for (Path file : FILES) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                // the process ends, and has nobody to tell
            }
        }
    }
}
