package lathe.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedFileTest {

    private static final int WINDOW = 64;

    @TempDir
    Path folder;

    private static byte[] written(MappedBytes bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        bytes.writeTo(Channels.newChannel(out));
        return out.toByteArray();
    }

    private static byte[] buffered(MappedBytes bytes) {
        byte[] all = new byte[bytes.buffer().remaining()];
        bytes.buffer().get(all);
        return all;
    }

    /** Parts of every size at every place, across the edges of windows and beyond the size of one. */
    @Test
    void everyPartIsThatOfTheFile() throws IOException {
        byte[] content = new byte[5 * WINDOW + 3];
        new Random(1).nextBytes(content);
        Path file = Files.write(folder.resolve("data"), content);
        MappedFile mapped = new MappedFile(file, WINDOW);
        assertEquals(content.length, mapped.size());
        for (int offset = 0; offset <= content.length; offset++) {
            for (int length : new int[] {0, 1, WINDOW / 2 - 1, WINDOW / 2, WINDOW / 2 + 1, WINDOW, 3 * WINDOW + 1}) {
                if (offset + length <= content.length) {
                    MappedBytes bytes = mapped.bytes(offset, length);
                    byte[] expected = Arrays.copyOfRange(content, offset, offset + length);
                    assertEquals(length, bytes.size());
                    assertArrayEquals(expected, buffered(bytes));
                    assertArrayEquals(expected, written(bytes));
                }
            }
        }
    }

    @Test
    void theBufferIsReadOnlyAndLittleEndian() throws IOException {
        Path file = Files.write(folder.resolve("data"), new byte[] {1, 0, 0, 0});
        ByteBuffer buffer = new MappedFile(file, WINDOW).bytes(0, 4).buffer();
        assertTrue(buffer.isReadOnly());
        assertEquals(ByteOrder.LITTLE_ENDIAN, buffer.order());
        assertEquals(1, buffer.getInt());
    }

    @Test
    void theContentOutlivesTheFile() throws IOException {
        Path file = Files.write(folder.resolve("data"), new byte[] {1, 2, 3});
        MappedBytes bytes = new MappedFile(file, WINDOW).bytes(1, 2);
        Files.delete(file);
        assertArrayEquals(new byte[] {2, 3}, buffered(bytes));
    }

    /** The file has a hole of 3 GiB and takes no room on the disk. */
    @Test
    void aTensorOfMoreThanTwoGigabytes() throws IOException {
        long elements = (3L << 30) / 4;
        try (RandomAccessFile file =
                new RandomAccessFile(folder.resolve("big.bin").toFile(), "rw")) {
            file.setLength(4 * elements + 8);
            file.seek(4 * elements);
            file.write(new byte[] {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, 0x40});
        }
        byte[] model = TestModel.addition(TestModel.external("w", "big.bin", 4, elements))
                .build()
                .toByteArray();
        Graph graph = OnnxReader.read(Files.write(folder.resolve("m.onnx"), model));
        Initializer tensor = graph.initializers().get("w");
        assertEquals(3L << 30, tensor.bytes().size());
        assertThrows(IllegalStateException.class, () -> tensor.bytes().buffer());
        assertThrows(IllegalArgumentException.class, () -> OnnxWriter.toBytes(graph));
        Tail tail = new Tail();
        tensor.bytes().writeTo(tail);
        assertEquals(3L << 30, tail.total);
        assertEquals(1f, tail.last());
    }

    /** Counts bytes and keeps the last four. */
    private static final class Tail implements WritableByteChannel {
        private final ByteBuffer last = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
        private long total;

        @Override
        public int write(ByteBuffer source) {
            int length = source.remaining();
            total += length;
            last.clear();
            last.put(source.slice(source.limit() - 4, 4));
            source.position(source.limit());
            return length;
        }

        float last() {
            return last.getFloat(0);
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
