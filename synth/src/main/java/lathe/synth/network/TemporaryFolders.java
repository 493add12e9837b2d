package lathe.synth.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Folders for models that are not handed over in memory. Thread-safe. */
public final class TemporaryFolders {

    /** While a process ends, others may still be deleting what they were writing into a folder. */
    private static final int TRIES = 50;

    private static final Set<Path> FOLDERS = new LinkedHashSet<>();
    private static boolean watching;

    private TemporaryFolders() {}

    /** A new folder, which is deleted at the latest when the process ends or is told to end. */
    public static synchronized Path create() {
        if (!watching) {
            watching = true;
            Runtime.getRuntime().addShutdownHook(new Thread(TemporaryFolders::deleteAll, "temporary folders"));
        }
        try {
            Path folder = Files.createTempDirectory("lathe");
            FOLDERS.add(folder);
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Deletes a folder and what is in it now, or where the runtime still has them mapped, at the end. */
    public static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // the end of the process tries again
        }
    }

    private static synchronized void deleteAll() {
        for (Path folder : FOLDERS) {
            for (int i = 0; i < TRIES && Files.exists(folder); i++) {
                delete(folder);
                if (Files.exists(folder)) {
                    pause();
                }
            }
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
