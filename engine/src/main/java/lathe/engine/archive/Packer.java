package lathe.engine.archive;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import lathe.engine.archive.Archive.Part;
import lathe.engine.archive.Directory.Entry;
import lathe.engine.archive.Directory.Hole;
import lathe.engine.archive.RangeCoder.Bits;
import lathe.engine.onnx.TensorSpan;

/** Makes an archive, file by file. Holds its result, and one tensor at a time. Not thread-safe. */
final class Packer {

    /** A section ends behind the tensor with which it has that many bytes. */
    private static final int SECTION = 1 << 16;

    /** Tensors of fewer bytes take less among the bytes around them. */
    private static final int SMALLEST_TENSOR = 16;

    private static final int CHUNK = 1 << 16;

    /** The bytes of a file. */
    interface Source {
        long size() throws IOException;

        byte[] read(long offset, int length) throws IOException;
    }

    /** Bytes of a file that are no coded tensor. */
    private record Gap(Source source, long offset, long bytes) {
        void writeTo(OutputStream out) throws IOException {
            for (long done = 0; done < bytes; done += CHUNK) {
                out.write(source.read(offset + done, (int) Math.min(CHUNK, bytes - done)));
            }
        }
    }

    private final CodingChoice choice = new CodingChoice();
    private final Bits bits = Coding.bits();
    private final List<Entry> files = new ArrayList<>();
    private final List<Gap> gaps = new ArrayList<>();
    private final List<byte[]> sections = new ArrayList<>();
    private final List<Part> parts = new ArrayList<>();
    private RangeCoder coder = RangeCoder.encoder(bits);
    private int tensors;

    /**
     * Adds a file.
     *
     * @param name empty for the model, which is the last
     * @param spans where tensors are in it
     */
    void add(String name, Source source, List<TensorSpan> spans) throws IOException {
        CRC32 crc = new CRC32();
        List<Hole> holes = new ArrayList<>();
        long done = 0;
        byte[] above = {};
        for (TensorSpan span : inOrder(spans, source.size())) {
            byte[] bytes = source.read(span.offset(), (int) span.bytes());
            Optional<CodingChoice.Choice> chosen = choice.of(span, bytes, above, bits);
            if (chosen.isEmpty() || tensors == Directory.MOST_TENSORS) {
                continue;
            }
            skip(source, done, span.offset(), crc);
            crc.update(bytes);
            chosen.get().coding().code(coder, bytes, above);
            boolean full = coder.size() >= SECTION;
            holes.add(new Hole(span.offset() - done, bytes.length, chosen.get().coding(), full));
            parts.add(Part.of(span, chosen.get()));
            if (full) {
                closeSection();
            }
            tensors++;
            done = span.offset() + bytes.length;
            above = bytes;
        }
        skip(source, done, source.size(), crc);
        if (!holes.isEmpty() && !holes.get(holes.size() - 1).isLast()) {
            Hole last = holes.remove(holes.size() - 1);
            holes.add(new Hole(last.gap(), last.bytes(), last.coding(), true));
            closeSection();
        }
        files.add(new Entry(name, source.size(), (int) crc.getValue(), holes));
    }

    /** Spans that can be coded, without those that lie over another. */
    private static List<TensorSpan> inOrder(List<TensorSpan> spans, long end) {
        List<TensorSpan> inOrder = new ArrayList<>();
        long done = 0;
        for (TensorSpan span : spans.stream()
                .sorted(Comparator.comparingLong(TensorSpan::offset))
                .toList()) {
            boolean fits = span.offset() >= done && span.offset() <= end && span.bytes() <= end - span.offset();
            if (fits && span.bytes() >= SMALLEST_TENSOR) {
                inOrder.addAll(CodingChoice.pieces(span));
                done = span.offset() + span.bytes();
            }
        }
        return inOrder;
    }

    private void skip(Source source, long from, long to, CRC32 crc) throws IOException {
        Gap gap = new Gap(source, from, to - from);
        gap.writeTo(new CheckedOutputStream(OutputStream.nullOutputStream(), crc));
        gaps.add(gap);
    }

    private void closeSection() {
        sections.add(coder.finish());
        coder = RangeCoder.encoder(bits);
    }

    /** The archive. */
    Archive finish() throws IOException {
        ByteArrayOutputStream directory = new ByteArrayOutputStream();
        new Directory(files).write(new DataOutputStream(directory));
        long others = gaps.stream().mapToLong(Gap::bytes).sum();
        byte[] structure = Lzma.compressed(directory.size() + others, out -> {
            directory.writeTo(out);
            for (Gap gap : gaps) {
                gap.writeTo(out);
            }
        });
        sections.add(0, structure);
        return new Archive(sections, files.stream().mapToLong(Entry::bytes).sum(), parts);
    }
}
