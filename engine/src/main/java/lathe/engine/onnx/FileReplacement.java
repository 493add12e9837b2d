package lathe.engine.onnx;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Files that are written under temporary names beside their targets and take their places together, once all of them
 * are complete and on disk. Closed before that, it deletes what was written. What an earlier process left behind beside
 * a target when it was killed is deleted, too. Not thread-safe.
 *
 * <p>One file replaces its target in one step. Several cannot, and a half-replaced set would be worse than none: where
 * another than the last target is there already, the old files are set aside first, the last one first. So the last
 * target is the old file, or absent, or the new one with all others in place, whenever the process ends.
 */
public final class FileReplacement implements AutoCloseable {

    /** Writes the content of a file. */
    public interface Content {
        void writeTo(FileChannel channel) throws IOException;
    }

    /**
     * An old file that makes room.
     *
     * @param temporary where it is
     * @param target where it was
     */
    private record Aside(Path temporary, Path target) {}

    private final List<TemporaryFile> written = new ArrayList<>();
    private final List<Path> replaced = new ArrayList<>();
    private final List<Aside> asides = new ArrayList<>();

    /**
     * Writes a file under a temporary name and syncs it.
     *
     * @throws NoSuchFileException if the target's folder does not exist
     * @throws FileSystemException if the file cannot be written to its end, with the reason
     */
    public void add(Path target, Content content) throws IOException {
        Path folder = folderOf(target);
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder.toString(), null, "no such folder to write to");
        }
        if (Files.isDirectory(target)) {
            throw new FileSystemException(target.toString(), null, "is a directory");
        }
        deleteLeftovers(folder, target);
        TemporaryFile file = TemporaryFile.create(folder, target);
        written.add(file);
        write(file, content);
    }

    /** The system does not say which file it could not write, as on a full disk. */
    private static void write(TemporaryFile file, Content content) throws IOException {
        try {
            content.writeTo(file.channel());
            file.channel().force(true);
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) {
            FileSystemException named =
                    new FileSystemException(file.target().toString(), null, "could not be written: " + e.getMessage());
            named.initCause(e);
            throw named;
        }
    }

    /**
     * Moves the files onto their targets, in the order in which they were added. A process that is told to end ends
     * before the first move or after the last.
     */
    public void commit() throws IOException {
        UnfinishedFiles.uninterrupted(this::moveAll);
    }

    private void moveAll() throws IOException {
        if (wouldMixOldAndNew()) {
            setAside();
        }
        for (TemporaryFile file : written) {
            Files.move(file.path(), file.target(), StandardCopyOption.ATOMIC_MOVE);
            UnfinishedFiles.forget(file.path());
            replaced.add(file.target());
            sync(folderOf(file.target()));
        }
        closeAll();
        for (Aside aside : asides) {
            Files.deleteIfExists(aside.temporary());
        }
        asides.clear();
        replaced.clear();
    }

    private boolean wouldMixOldAndNew() {
        int last = written.size() - 1;
        return last > 0
                && Files.exists(written.get(last).target())
                && written.subList(0, last).stream().anyMatch(file -> Files.exists(file.target()));
    }

    private void setAside() throws IOException {
        for (int i = written.size() - 1; i >= 0; i--) {
            Path target = written.get(i).target();
            if (Files.exists(target)) {
                Path temporary = TemporaryFile.nameBeside(folderOf(target), target);
                Files.move(target, temporary, StandardCopyOption.ATOMIC_MOVE);
                asides.add(0, new Aside(temporary, target));
                sync(folderOf(target));
            }
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

    private static void deleteLeftovers(Path folder, Path target) {
        try (DirectoryStream<Path> found =
                Files.newDirectoryStream(folder, file -> TemporaryFile.isNamedFor(target, file))) {
            for (Path file : found) {
                TemporaryFile.deleteUnlessInUse(file);
            }
        } catch (IOException e) {
            // they are in nobody's way
        }
    }

    private void closeAll() throws IOException {
        for (TemporaryFile file : written) {
            file.channel().close();
        }
        written.clear();
    }

    /** Deletes what was written; where a commit failed half-way, puts the old files back. */
    @Override
    public void close() throws IOException {
        for (TemporaryFile file : written) {
            Files.deleteIfExists(file.path());
            UnfinishedFiles.forget(file.path());
        }
        closeAll();
        Collections.reverse(replaced);
        for (Path target : asides.isEmpty() ? List.<Path>of() : replaced) {
            Files.deleteIfExists(target);
        }
        replaced.clear();
        for (Aside aside : asides) {
            Files.move(aside.temporary(), aside.target(), StandardCopyOption.ATOMIC_MOVE);
        }
        asides.clear();
    }
}
