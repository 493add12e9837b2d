package lathe.engine.archive;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import lathe.engine.graph.UnsupportedModelException;

/**
 * What an archive holds: files, and in each the places whose bytes are coded tensors. The other bytes of the files, one after
 * the other, are what is left of the model without its weights.
 */
record Directory(List<Entry> files) {

    /** No model has more; a list of them takes some dozen megabytes. */
    static final int MOST_TENSORS = 1 << 20;

    private static final int MOST_FILES = 1 << 12;
    private static final int LONGEST_NAME = 1 << 12;
    private static final int LAST = 0x80;

    Directory {
        files = List.copyOf(files);
    }

    /**
     * A file.
     *
     * @param name as the model calls it, relative to the model's folder; empty for the model
     * @param bytes of the file
     * @param crc CRC-32 of them
     */
    record Entry(String name, long bytes, int crc, List<Hole> holes) {

        Entry {
            holes = List.copyOf(holes);
        }

        /** Bytes that are not coded as tensors. */
        long otherBytes() {
            return bytes - holes.stream().mapToLong(Hole::bytes).sum();
        }
    }

    /**
     * A place in a file.
     *
     * @param gap bytes between it and the one before it, or the beginning of the file
     * @param bytes that are coded
     * @param isLast true if it is the last one in its section
     */
    record Hole(long gap, int bytes, Coding coding, boolean isLast) {

        /** The most, so that a decoder needs no more memory than that for one. */
        static final int MOST_BYTES = 1 << 26;
    }

    void write(DataOutput out) throws IOException {
        Varints.write(out, files.size());
        for (Entry file : files) {
            byte[] name = file.name().getBytes(StandardCharsets.UTF_8);
            Varints.write(out, name.length);
            out.write(name);
            Varints.write(out, file.bytes());
            out.writeInt(Integer.reverseBytes(file.crc()));
            Varints.write(out, file.holes().size());
            for (Hole hole : file.holes()) {
                Varints.write(out, hole.gap());
                Varints.write(out, hole.bytes());
                out.writeByte(hole.coding().kind() | (hole.isLast() ? LAST : 0));
                hole.coding().write(out);
            }
        }
    }

    /** @throws UnsupportedModelException if the files cannot be as it says */
    static Directory read(DataInput in) throws IOException {
        int count = count(in, 1, MOST_FILES, "files");
        List<Entry> files = new ArrayList<>();
        Set<String> names = new HashSet<>();
        int tensors = 0;
        for (int i = 0; i < count; i++) {
            Entry file = readEntry(in, MOST_TENSORS - tensors);
            tensors += file.holes().size();
            files.add(file);
            if (file.name().isEmpty() != (i == count - 1) || !names.add(file.name())) {
                throw new UnsupportedModelException("file %d is named '%s'".formatted(i, file.name()));
            }
        }
        List<Hole> last = files.stream().flatMap(file -> file.holes().stream()).toList();
        if (!last.isEmpty() && !last.get(last.size() - 1).isLast()) {
            throw new UnsupportedModelException("the last section has no end");
        }
        return new Directory(files);
    }

    private static Entry readEntry(DataInput in, int mostTensors) throws IOException {
        byte[] name = new byte[count(in, 0, LONGEST_NAME, "characters of a name")];
        in.readFully(name);
        long bytes = Varints.read(in);
        int crc = Integer.reverseBytes(in.readInt());
        int tensors = count(in, 0, mostTensors, "tensors");
        List<Hole> holes = new ArrayList<>();
        long rest = bytes;
        int above = 0;
        for (int i = 0; i < tensors; i++) {
            long gap = Varints.read(in);
            int size = count(in, 1, Hole.MOST_BYTES, "bytes of a tensor");
            int kind = in.readUnsignedByte();
            Coding coding = Coding.read(kind & ~LAST, in);
            if (gap > rest || size > rest - gap || !coding.fits(size, above)) {
                throw new UnsupportedModelException("tensor %d has %d bytes, which do not fit".formatted(i, size));
            }
            rest -= gap + size;
            above = size;
            holes.add(new Hole(gap, size, coding, (kind & LAST) != 0));
        }
        return new Entry(new String(name, StandardCharsets.UTF_8), bytes, crc, holes);
    }

    private static int count(DataInput in, int least, int most, String what) throws IOException {
        long count = Varints.read(in);
        if (count < least || count > most) {
            throw new UnsupportedModelException("%d %s".formatted(count, what));
        }
        return (int) count;
    }
}
