package lathe.hostile;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import lathe.engine.archive.Archive;
import lathe.testdata.TestData;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.LZMAInputStream;
import org.tukaani.xz.LZMAOutputStream;

/**
 * Makes hostile archives: a real one with spoilt bytes, or with a section that lies under a right checksum, or with a directory that
 * does.
 */
final class HostileArchives {

    private static final int HEADER = 8;
    private static final List<byte[]> ARCHIVES =
            TestData.oddGraphs().stream().map(HostileArchives::packed).toList();

    private HostileArchives() {}

    private static byte[] packed(String name) {
        try (InputStream in = Archive.of(TestData.bytes(name)).content()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The file that these choices make. */
    static byte[] made(Choices choices) throws IOException {
        byte[] archive = choices.of(ARCHIVES);
        if (choices.oneIn(4)) {
            return ByteMutations.spoilt(archive, choices);
        }
        List<byte[]> sections = sections(archive);
        int place = choices.oneIn(2) ? 0 : choices.below(sections.size());
        byte[] section = sections.get(place);
        boolean inside = place == 0 && !choices.oneIn(4);
        sections.set(place, inside ? recompressed(section, choices) : ByteMutations.spoilt(section, choices));
        if (choices.oneIn(8)) {
            sections.remove(choices.below(sections.size()));
        }
        return joined(archive, sections);
    }

    private static List<byte[]> sections(byte[] archive) {
        List<byte[]> sections = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(archive).order(ByteOrder.LITTLE_ENDIAN).position(HEADER);
        while (in.hasRemaining()) {
            byte[] section = new byte[in.getInt()];
            in.get(section);
            in.getInt();
            sections.add(section);
        }
        return sections;
    }

    private static byte[] recompressed(byte[] section, Choices choices) throws IOException {
        byte[] plain;
        try (InputStream in = new LZMAInputStream(
                new ByteArrayInputStream(section, 1, section.length - 1), -1, (byte) 0, 1 << section[0])) {
            plain = in.readAllBytes();
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(section[0]);
        LZMA2Options options = new LZMA2Options(1);
        options.setLcLp(0, 0);
        options.setPb(0);
        try (LZMAOutputStream lzma = new LZMAOutputStream(out, options, true)) {
            lzma.write(spoiltDirectory(plain, choices));
        }
        return out.toByteArray();
    }

    /** Most changes are in the directory, which is at the beginning. */
    private static byte[] spoiltDirectory(byte[] plain, Choices choices) {
        int directory = Math.min(plain.length, choices.oneIn(4) ? plain.length : 80);
        byte[] start = ByteMutations.spoilt(Arrays.copyOf(plain, directory), choices);
        byte[] all = Arrays.copyOf(start, start.length + plain.length - directory);
        System.arraycopy(plain, directory, all, start.length, plain.length - directory);
        return all;
    }

    private static byte[] joined(byte[] archive, List<byte[]> sections) {
        int size =
                sections.stream().mapToInt(section -> section.length + HEADER).sum();
        ByteBuffer out = ByteBuffer.allocate(HEADER + size).order(ByteOrder.LITTLE_ENDIAN);
        out.put(archive, 0, HEADER);
        for (byte[] section : sections) {
            CRC32 crc = new CRC32();
            crc.update(section);
            out.putInt(section.length).put(section).putInt((int) crc.getValue());
        }
        return out.array();
    }
}
