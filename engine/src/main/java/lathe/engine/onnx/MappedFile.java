package lathe.engine.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A data file of any size, mapped in windows that overlap by half, so that thousands of small tensors share a few
 * mappings and each still lies in one piece. Larger tensors get mappings of their own. Mappings end when nothing refers
 * to them any more. Not thread-safe; what it hands out is.
 */
final class MappedFile {

    private final Path file;
    private final long size;
    private final int window;
    private final Map<Long, MappedByteBuffer> windows = new HashMap<>();

    /**
     * @param file real path of a regular file
     * @param window bytes of a window, even; also the most that one piece of a larger tensor takes
     */
    MappedFile(Path file, int window) throws IOException {
        this.file = file;
        this.size = Files.size(file);
        this.window = window;
    }

    long size() {
        return size;
    }

    /** Maps a part that lies within the file. */
    MappedBytes bytes(long offset, long length) throws IOException {
        if (length == 0) {
            return new MappedBytes(List.of(ByteBuffer.allocate(0).asReadOnlyBuffer()));
        }
        long step = window / 2;
        if (length <= step) {
            long start = offset / step * step;
            MappedByteBuffer shared = windows.get(start);
            if (shared == null) {
                shared = map(start, Math.min(window, size - start));
                windows.put(start, shared);
            }
            return new MappedBytes(List.of(shared.slice((int) (offset - start), (int) length)));
        }
        long piece = length <= Integer.MAX_VALUE ? length : window;
        List<ByteBuffer> pieces = new ArrayList<>();
        for (long done = 0; done < length; done += piece) {
            pieces.add(map(offset + done, Math.min(piece, length - done)));
        }
        return new MappedBytes(pieces);
    }

    private MappedByteBuffer map(long offset, long length) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, offset, length);
        }
    }
}
