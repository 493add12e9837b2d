package lathe.engine.onnx;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Files that are written under temporary names beside their targets and take their places together, once all of them
 * are complete and on disk. Closed before that, it deletes what was written. Not thread-safe.
 */
final class FileReplacement implements AutoCloseable {

    /** Writes the content of a file. */
    interface Content {
        void writeTo(FileChannel channel) throws IOException;
    }

    /**
     * A written file.
     *
     * @param temporary where it is
     * @param target where it shall be
     */
    private record Move(Path temporary, Path target) {}

    private final List<Move> pending = new ArrayList<>();

    /**
     * Writes a file under a temporary name and syncs it.
     *
     * @throws NoSuchFileException if the target's folder does not exist
     */
    void add(Path target, Content content) throws IOException {
        Path folder = folderOf(target);
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder.toString(), null, "no such folder to write to");
        }
        if (Files.isDirectory(target)) {
            throw new FileSystemException(target.toString(), null, "is a directory");
        }
        for (int attempt = 0; ; attempt++) {
            Path temporary = folder.resolve(".%s.%d.tmp".formatted(target.getFileName(), attempt));
            try (FileChannel channel = UnfinishedFiles.create(temporary)) {
                pending.add(new Move(temporary, target));
                content.writeTo(channel);
                channel.force(true);
                return;
            } catch (FileAlreadyExistsException e) {
                // somebody else is writing here, or was and died: take the next name
            }
        }
    }

    /**
     * Moves the files onto their targets, in the order in which they were added. A process that is told to end ends
     * before the first move or after the last.
     */
    void commit() throws IOException {
        UnfinishedFiles.uninterrupted(this::moveAll);
    }

    private void moveAll() throws IOException {
        while (!pending.isEmpty()) {
            Move move = pending.get(0);
            Files.move(move.temporary(), move.target(), StandardCopyOption.ATOMIC_MOVE);
            pending.remove(0);
            UnfinishedFiles.forget(move.temporary());
            sync(folderOf(move.target()));
        }
    }

    /** Makes a rename last; where folders cannot be synced (Windows) the system does so by itself. */
    private static void sync(Path folder) {
        try (FileChannel channel = FileChannel.open(folder)) {
            channel.force(true);
        } catch (IOException e) {
            // the file is complete and in its place
        }
    }

    private static Path folderOf(Path file) {
        return Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(file.toAbsolutePath());
    }

    @Override
    public void close() throws IOException {
        for (Move move : pending) {
            Files.deleteIfExists(move.temporary());
            UnfinishedFiles.forget(move.temporary());
        }
        pending.clear();
    }
}
