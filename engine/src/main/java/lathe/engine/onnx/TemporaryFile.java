package lathe.engine.onnx;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * A file that is being written beside its target, as {@code .NAME.lathe-<16 digits>.tmp}. Locked until its channel is
 * closed; the lock ends with the process that holds it, and so tells files in use from those that a killed process left
 * behind. Names are never used twice: a file that is deleted stays deleted.
 *
 * @param path where it is
 * @param target where it shall be
 * @param channel to write it
 */
record TemporaryFile(Path path, Path target, FileChannel channel) {

    private static final String MARK = ".lathe-";
    private static final String SUFFIX = ".tmp";

    /** Opens a new one. */
    static TemporaryFile create(Path folder, Path target) throws IOException {
        while (true) {
            Path path = nameBeside(folder, target);
            FileChannel channel = UnfinishedFiles.create(path);
            // another process may have taken it for a leftover before it was locked
            if (lock(channel) != Locking.BY_OTHERS && Files.exists(path)) {
                return new TemporaryFile(path, target, channel);
            }
            channel.close();
            Files.deleteIfExists(path);
            UnfinishedFiles.forget(path);
        }
    }

    /** A name that no file has had. */
    static Path nameBeside(Path folder, Path target) {
        String digits = UUID.randomUUID().toString().replace("-", "").substring(0, 16);
        return folder.resolve("." + target.getFileName() + MARK + digits + SUFFIX);
    }

    /** True if a file bears such a name for this target. */
    static boolean isNamedFor(Path target, Path file) {
        String name = String.valueOf(file.getFileName());
        return name.startsWith("." + target.getFileName() + MARK) && name.endsWith(SUFFIX);
    }

    /** Deletes one that no living process holds; leaves it where that cannot be told. */
    static void deleteUnlessInUse(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            if (lock(channel) == Locking.DONE) {
                Files.deleteIfExists(file);
            }
        }
    }

    private enum Locking {
        DONE,
        BY_OTHERS,
        UNSUPPORTED
    }

    private static Locking lock(FileChannel channel) {
        try {
            FileLock lock = channel.tryLock();
            return lock == null ? Locking.BY_OTHERS : Locking.DONE;
        } catch (OverlappingFileLockException e) {
            return Locking.BY_OTHERS;
        } catch (IOException e) {
            return Locking.UNSUPPORTED;
        }
    }
}
