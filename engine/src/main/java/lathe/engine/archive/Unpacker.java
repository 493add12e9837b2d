package lathe.engine.archive;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import lathe.engine.archive.Directory.Entry;
import lathe.engine.archive.Directory.Hole;
import lathe.engine.archive.RangeCoder.Bits;
import lathe.engine.graph.UnsupportedModelException;

/**
 * Reads an archive from its beginning to its end and gives its files one after the other. Holds one tensor, one section and
 * what is left of the model, compressed. Not thread-safe.
 */
final class Unpacker {

    static final int VERSION = 1;
    static final byte[] MAGIC = {(byte) 0x89, 'L', 'A', 'T', 'H', 'E'};

    /** No section of weights is longer; it has 64 KiB before its last tensor begins. */
    private static final int LONGEST_SECTION = 2 * Hole.MOST_BYTES;

    /** An integer of four bytes may be a single adaptive bit. */
    private static final long MOST_BYTES_PER_BYTE = (long) RangeCoder.MOST_BITS_PER_BYTE * Integer.BYTES;

    private static final int CHUNK = 1 << 16;

    private final InputStream in;
    private final Directory directory;
    private final DataInputStream others;
    private final List<Hole> holes = new ArrayList<>();
    private final Bits bits = Coding.bits();
    private final byte[] chunk = new byte[CHUNK];
    private int files;
    private int hole;
    private int section;
    private RangeCoder coder;

    /** @throws UnsupportedModelException if it is no archive, one of a later version, or a damaged one */
    Unpacker(InputStream in) throws IOException {
        this.in = in;
        byte[] header = in.readNBytes(MAGIC.length + Short.BYTES);
        if (!isArchive(header)) {
            throw new UnsupportedModelException("not an archive of Lathe");
        }
        int version = header.length < MAGIC.length + Short.BYTES
                ? 0
                : (header[MAGIC.length] & 0xff) | ((header[MAGIC.length + 1] & 0xff) << Byte.SIZE);
        if (version != VERSION) {
            throw new UnsupportedModelException(
                    version == 0
                            ? "the archive was cut short"
                            : "version %d is newer than this program reads (%d)".formatted(version, VERSION));
        }
        byte[] structure = section(Integer.MAX_VALUE);
        this.others = structure(() -> new DataInputStream(Lzma.decoder(structure)));
        this.directory = directory(others);
        directory.files().forEach(file -> holes.addAll(file.holes()));
    }

    private static Directory directory(DataInputStream in) {
        try {
            return structure(() -> Directory.read(in));
        } catch (UnsupportedModelException e) {
            throw new UnsupportedModelException("the archive is damaged: " + e.getMessage(), e);
        }
    }

    /** True if a file that begins like that is an archive. */
    static boolean isArchive(byte[] start) {
        for (int i = 0; i < MAGIC.length; i++) {
            if (i >= start.length || start[i] != MAGIC[i]) {
                return false;
            }
        }
        return true;
    }

    Directory directory() {
        return directory;
    }

    /** Writes the next file. */
    void next(OutputStream out) throws IOException {
        Entry file = directory.files().get(files++);
        CheckedOutputStream checked = new CheckedOutputStream(out, new CRC32());
        byte[] above = {};
        long rest = file.otherBytes();
        for (Hole next : file.holes()) {
            copy(next.gap(), checked);
            rest -= next.gap();
            if (coder == null) {
                openSection();
            }
            byte[] bytes = new byte[next.bytes()];
            next.coding().code(coder, bytes, above);
            checked.write(bytes);
            above = bytes;
            hole++;
            if (next.isLast()) {
                closeSection();
            }
        }
        copy(rest, checked);
        if ((int) checked.getChecksum().getValue() != file.crc()) {
            throw new UnsupportedModelException("the model has a wrong checksum; the archive is damaged");
        }
        if (files == directory.files().size() && in.read() >= 0) {
            throw new UnsupportedModelException("bytes follow the end of the archive");
        }
    }

    /** The content of the next section. */
    private byte[] section(int longest) throws IOException {
        byte[] length = in.readNBytes(Integer.BYTES);
        if (length.length < Integer.BYTES) {
            throw new UnsupportedModelException("the archive was cut short before section %d".formatted(section));
        }
        int bytes = number(length);
        if (bytes < 0 || bytes > longest) {
            throw new UnsupportedModelException(
                    "section %d has %d bytes; the archive is damaged".formatted(section, bytes & 0xffff_ffffL));
        }
        byte[] content = in.readNBytes(bytes);
        byte[] sum = in.readNBytes(Integer.BYTES);
        if (content.length < bytes || sum.length < Integer.BYTES) {
            throw new UnsupportedModelException("the archive was cut short in section %d".formatted(section));
        }
        CRC32 crc = new CRC32();
        crc.update(content);
        if ((int) crc.getValue() != number(sum)) {
            throw new UnsupportedModelException(
                    "section %d has a wrong checksum; the archive is damaged".formatted(section));
        }
        section++;
        return content;
    }

    private static int number(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
    }

    /** Nothing is decoded before it is clear that the section can hold it. */
    private void openSection() throws IOException {
        byte[] content = section(LONGEST_SECTION);
        long bytes = 0;
        int last = hole;
        do {
            bytes += holes.get(last).bytes();
        } while (!holes.get(last++).isLast());
        if (bytes > MOST_BYTES_PER_BYTE * content.length) {
            throw new UnsupportedModelException(
                    "section %d of %d bytes cannot hold %d".formatted(section - 1, content.length, bytes));
        }
        coder = RangeCoder.decoder(bits, content);
    }

    private void closeSection() {
        if (!coder.isAtEnd()) {
            throw new UnsupportedModelException("section %d has bytes that nothing needs".formatted(section - 1));
        }
        coder = null;
    }

    /** Copies bytes that are no tensors. */
    private void copy(long bytes, OutputStream out) throws IOException {
        for (long rest = bytes; rest > 0; rest -= chunk.length) {
            int length = (int) Math.min(rest, chunk.length);
            structure(() -> {
                others.readFully(chunk, 0, length);
                return length;
            });
            out.write(chunk, 0, length);
        }
    }

    private interface Step<T> {
        T run() throws IOException;
    }

    /** What fails in memory is no failure of a file. */
    private static <T> T structure(Step<T> step) {
        try {
            return step.run();
        } catch (IOException e) {
            throw new UnsupportedModelException("the directory or what follows it does not end", e);
        }
    }
}
