package lathe.engine.archive;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import lathe.engine.archive.Directory.Hole;
import lathe.engine.archive.RangeCoder.Bits;
import lathe.engine.onnx.TensorSpan;
import lathe.engine.tensor.ElementType;

/** Which coding a tensor gets: that which takes the fewest bytes, of all that its type allows. Not thread-safe. */
final class CodingChoice {

    /** Larger tensors are judged by their beginning. */
    private static final int JUDGED = 1 << 22;

    /** LZMA is slow, and tensors that it compresses better do so from the beginning on. */
    private static final int JUDGED_BY_LZMA = 1 << 16;

    private static final int WIDEST_PIECE = 4;

    private final Bits trial = Coding.bits();

    /**
     * A coding, and what it takes.
     *
     * @param bytes that the tensor takes with it
     */
    record Choice(Coding coding, long bytes) {}

    /** A span in parts of as many whole rows as fit; empty for a type whose elements are not coded. */
    static List<TensorSpan> pieces(TensorSpan span) {
        if (!isCoded(span.type())) {
            return List.of();
        }
        long row = Math.max(1, columns(span) * span.type().bits() / Byte.SIZE);
        long largest = Hole.MOST_BYTES / (row * Byte.SIZE) * row * Byte.SIZE;
        List<TensorSpan> pieces = new ArrayList<>();
        for (long done = 0; done < span.bytes(); done += largest) {
            long bytes = Math.min(largest, span.bytes() - done);
            pieces.add(new TensorSpan(
                    span.name(), span.type(), span.dims(), span.location(), span.offset() + done, bytes));
        }
        return pieces;
    }

    private static boolean isCoded(ElementType type) {
        return switch (type) {
            case UNKNOWN, STRING, INT64, UINT64, COMPLEX64, COMPLEX128 -> false;
            default -> true;
        };
    }

    /** Empty if LZMA compresses it better. {@code learned} is not changed. */
    Optional<Choice> of(TensorSpan span, byte[] bytes, byte[] above, Bits learned) throws IOException {
        byte[] judged = bytes.length > JUDGED ? Arrays.copyOf(bytes, JUDGED) : bytes;
        Choice best = null;
        for (Coding coding : candidates(span, judged, above, learned)) {
            if (coding.fits(judged.length, above.length) && coding.fits(bytes.length, above.length)) {
                int size = size(coding, judged, above, learned);
                best = best == null || size < best.bytes() ? new Choice(coding, size) : best;
            }
        }
        if (best == null) {
            return Optional.empty();
        }
        byte[] start = judged.length > JUDGED_BY_LZMA ? Arrays.copyOf(judged, JUDGED_BY_LZMA) : judged;
        long lzma = Lzma.compressed(start.length, out -> out.write(start)).length;
        if (lzma * judged.length < best.bytes() * start.length) {
            return Optional.empty();
        }
        return Optional.of(new Choice(best.coding(), best.bytes() * bytes.length / judged.length));
    }

    private int size(Coding coding, byte[] bytes, byte[] above, Bits learned) {
        trial.set(learned);
        RangeCoder coder = RangeCoder.encoder(trial);
        coding.code(coder, bytes.clone(), above);
        return coder.size() - Integer.BYTES;
    }

    private List<Coding> candidates(TensorSpan span, byte[] bytes, byte[] above, Bits learned) {
        ElementType type = span.type();
        return switch (type) {
            case FLOAT, DOUBLE, FLOAT16, BFLOAT16 ->
                List.of(inPlaces(new ByteCoding(type.bits() / Byte.SIZE, 0, true), bytes, learned));
            case INT8, UINT8, INT16, UINT16, INT32, UINT32, INT4, UINT4, INT2, UINT2 ->
                integers(span, bytes, above, learned);
            default -> List.of(inPlaces(new ByteCoding(1, 0, false), bytes, learned));
        };
    }

    /** With a tree for each byte that takes fewer bytes with one. */
    private ByteCoding inPlaces(ByteCoding raw, byte[] bytes, Bits learned) {
        byte[] none = {};
        if (!raw.fits(bytes.length, 0)) {
            return raw;
        }
        ByteCoding best = raw;
        for (int place = 0; place < raw.width(); place++) {
            if (size(raw.withAdaptive(place), bytes, none, learned) < bytes.length) {
                best = best.withAdaptive(place);
            }
        }
        return best;
    }

    private List<Coding> integers(TensorSpan span, byte[] bytes, byte[] above, Bits learned) {
        ElementType type = span.type();
        boolean unsigned = isUnsigned(type);
        List<Coding> candidates = new ArrayList<>();
        candidates.add(inPlaces(new ByteCoding(Math.max(1, type.bits() / Byte.SIZE), 0, false), bytes, learned));
        for (int offset : IntStream.of(0, mostFrequent(type, bytes)).distinct().toArray()) {
            candidates.add(new IntegerCoding(type.bits(), unsigned, (int) columns(span), offset));
        }
        for (int width = 1; type == ElementType.UINT8 && width <= WIDEST_PIECE; width *= 2) {
            for (int bitsAbove : new int[] {0, 2, 4}) {
                PieceCoding coding = new PieceCoding(width, bitsAbove);
                if ((bitsAbove == 0 || bitsAbove > width) && coding.fits(bytes.length, above.length)) {
                    candidates.add(coding);
                }
            }
        }
        return candidates;
    }

    /** Of integers of up to 8 bits; 0 for others, of which none is frequent. */
    private static int mostFrequent(ElementType type, byte[] bytes) {
        if (type.bits() > Byte.SIZE) {
            return 0;
        }
        boolean unsigned = isUnsigned(type);
        int[] counts = new int[1 << type.bits()];
        for (byte several : bytes) {
            for (int shift = 0; shift < Byte.SIZE; shift += type.bits()) {
                counts[(several >> shift) & (counts.length - 1)]++;
            }
        }
        int most = 0;
        for (int i = 0; i < counts.length; i++) {
            most = counts[i] > counts[most] ? i : most;
        }
        return unsigned || most < counts.length / 2 ? most : most - counts.length;
    }

    private static boolean isUnsigned(ElementType type) {
        return type.name().startsWith("U");
    }

    /** Of the matrix that a tensor is: its first axis by all others; 1 for a vector, or if that were too many. */
    private static long columns(TensorSpan span) {
        long columns = 1;
        for (long extent :
                span.dims().subList(Math.min(1, span.dims().size()), span.dims().size())) {
            if (extent < 1 || extent > IntegerCoding.MOST_COLUMNS / columns) {
                return 1;
            }
            columns *= extent;
        }
        return columns;
    }
}
