package lathe.engine.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Writes files that belong to a model as models are written: whole or not at all. Stateless and thread-safe. */
public final class WholeFile {

    private WholeFile() {}

    /**
     * Writes a file under a temporary name in the target's folder, syncs it, and renames it onto the target: the target
     * is the old file or the complete new one, at any moment. On failure the temporary file is deleted.
     *
     * @throws java.nio.file.NoSuchFileException if the target's folder does not exist
     * @throws IOException if the target is a directory or cannot be written
     */
    public static void write(Path file, byte[] content) throws IOException {
        if (file.getFileName() == null) {
            throw new IOException("'%s' is no file name".formatted(file));
        }
        try (FileReplacement replacement = new FileReplacement()) {
            replacement.add(file, channel -> new ChunkedChannel(channel).drain(ByteBuffer.wrap(content)));
            replacement.commit();
        }
    }
}
