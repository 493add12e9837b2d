package lathe.cli.models;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lathe.engine.graph.Initializer;
import lathe.engine.tensor.ElementType;
import lathe.synth.input.RealInputs.Samples;

/**
 * Reads arrays as NumPy's {@code save} writes them: format 1.0 to 3.0, real and whole numbers and truth values of either
 * byte order, in C or Fortran order. See numpy.org, "NPY format". Numbers become floats; whole numbers beyond 2^24 and
 * numbers that are not finite are refused. Takes memory as the data comes, not as the header claims.
 */
final class NpyArray {

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int LONGEST_HEADER = 1 << 16;
    private static final long MOST_ELEMENTS = Integer.MAX_VALUE - 8L;
    private static final long LARGEST_EXACT = 1 << 24;
    private static final int CHUNK = 1 << 16;
    private static final Pattern TYPE = Pattern.compile("'descr':\\s*'([<>|=])([fiub])([1248])'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order':\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape':\\s*\\(([0-9, ]*)\\)");

    /**
     * What the header says.
     *
     * @param size bytes of a number
     */
    private record Header(ElementType type, int size, ByteOrder bytes, boolean fortran, long[] dims, int elements) {}

    private NpyArray() {}

    /**
     * Reads an array with at least one axis to the end of the stream.
     *
     * @throws IllegalArgumentException in a clause, if it is no such array
     */
    static Samples read(InputStream in) throws IOException {
        Header header = header(in);
        float[] values = new float[Math.min(header.elements(), CHUNK)];
        int at = 0;
        while (at < header.elements()) {
            int count = Math.min(CHUNK, header.elements() - at);
            if (at + count > values.length) {
                values = Arrays.copyOf(values, (int) Math.min(header.elements(), 2L * values.length));
            }
            count = Math.min(count, values.length - at);
            convert(header, bytes(in, count * header.size()), values, at, count);
            at += count;
        }
        if (in.read() >= 0) {
            throw new IllegalArgumentException("has more bytes than its header says");
        }
        check(header, values);
        return new Samples(header.type(), header.dims(), header.fortran() ? rowMajor(values, header.dims()) : values);
    }

    private static Header header(InputStream in) throws IOException {
        if (!Arrays.equals(MAGIC, in.readNBytes(MAGIC.length))) {
            throw new IllegalArgumentException("no .npy array");
        }
        byte[] version = bytes(in, 2);
        if (version[0] < 1 || version[0] > 3) {
            throw new IllegalArgumentException(
                    ".npy format %d.%d; 1.0 to 3.0 can be read".formatted(version[0], version[1]));
        }
        ByteBuffer length = ByteBuffer.wrap(bytes(in, version[0] == 1 ? 2 : 4)).order(ByteOrder.LITTLE_ENDIAN);
        long size = version[0] == 1 ? length.getShort() & 0xffff : length.getInt() & 0xffffffffL;
        if (size > LONGEST_HEADER) {
            throw new IllegalArgumentException("its header takes %d bytes, too many to be right".formatted(size));
        }
        return header(new String(bytes(in, (int) size), StandardCharsets.ISO_8859_1));
    }

    private static Header header(String text) {
        Matcher type = TYPE.matcher(text);
        if (!type.find()) {
            throw new IllegalArgumentException(
                    "its element type cannot be read; save float, int, uint or bool (header: %s)"
                            .formatted(text.strip()));
        }
        Matcher order = ORDER.matcher(text);
        Matcher shape = SHAPE.matcher(text);
        if (!order.find() || !shape.find()) {
            throw new IllegalArgumentException("its header cannot be read: " + text.strip());
        }
        long[] dims = dims(shape.group(1));
        int size = Integer.parseInt(type.group(3));
        ByteOrder bytes = type.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        boolean fortran = order.group(1).equals("True");
        return new Header(type(type.group(2), size), size, bytes, fortran, dims, elements(dims));
    }

    private static long[] dims(String list) {
        try {
            long[] dims = Arrays.stream(list.split(","))
                    .map(String::strip)
                    .filter(number -> !number.isEmpty())
                    .mapToLong(Long::parseLong)
                    .toArray();
            if (dims.length == 0) {
                throw new IllegalArgumentException("a scalar; axis 0 must be the sample axis");
            }
            return dims;
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("its shape cannot be read: (%s)".formatted(list), e);
        }
    }

    private static int elements(long... dims) {
        if (Arrays.stream(dims).anyMatch(dim -> dim == 0)) {
            throw new IllegalArgumentException("holds nothing: its shape is " + Arrays.toString(dims));
        }
        long product = 1;
        for (long dim : dims) {
            if (dim > MOST_ELEMENTS / product) {
                throw new IllegalArgumentException(
                        "holds more than %d numbers; give fewer samples".formatted(MOST_ELEMENTS));
            }
            product *= dim;
        }
        return (int) product;
    }

    private static ElementType type(String kind, int size) {
        return switch (kind + size) {
            case "f2" -> ElementType.FLOAT16;
            case "f4" -> ElementType.FLOAT;
            case "f8" -> ElementType.DOUBLE;
            case "i1" -> ElementType.INT8;
            case "i2" -> ElementType.INT16;
            case "i4" -> ElementType.INT32;
            case "i8" -> ElementType.INT64;
            case "u1" -> ElementType.UINT8;
            case "u2" -> ElementType.UINT16;
            case "u4" -> ElementType.UINT32;
            case "u8" -> ElementType.UINT64;
            case "b1" -> ElementType.BOOL;
            default -> throw new IllegalArgumentException("its element type %s%d cannot be read".formatted(kind, size));
        };
    }

    private static byte[] bytes(InputStream in, int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("ends too early: %d bytes are missing at least".formatted(count - bytes.length));
        }
        return bytes;
    }

    private static void convert(Header header, byte[] bytes, float[] values, int at, int count) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(header.bytes());
        for (int i = at; i < at + count; i++) {
            values[i] = switch (header.type()) {
                case FLOAT16 -> half(in.getShort());
                case FLOAT -> in.getFloat();
                case DOUBLE -> (float) in.getDouble();
                case INT8 -> in.get();
                case UINT8, BOOL -> in.get() & 0xff;
                case INT16 -> in.getShort();
                case UINT16 -> in.getShort() & 0xffff;
                case INT32 -> exact(in.getInt());
                case UINT32 -> exact(in.getInt() & 0xffffffffL);
                default -> exact(in.getLong());
            };
        }
    }

    private static float half(short bits) {
        byte[] bytes = {(byte) bits, (byte) (bits >> 8)};
        return Initializer.of("", ElementType.FLOAT16, List.of(1L), bytes).floats()[0];
    }

    private static float exact(long number) {
        if (Math.abs(number) > LARGEST_EXACT || number == Long.MIN_VALUE) {
            throw new IllegalArgumentException(
                    "holds %d; only integers up to %d are exact".formatted(number, LARGEST_EXACT));
        }
        return number;
    }

    private static void check(Header header, float[] values) {
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                int perSample = (int) (values.length / header.dims()[0]);
                throw new IllegalArgumentException("holds NaN or infinity, first in sample %d"
                        .formatted(header.fortran() ? i % header.dims()[0] : i / perSample));
            }
        }
    }

    /** From the first axis running fastest to the last. */
    private static float[] rowMajor(float[] values, long... dims) {
        float[] result = new float[values.length];
        int[] index = new int[dims.length];
        for (int from = 0; from < values.length; from++) {
            int to = 0;
            for (int axis = 0; axis < dims.length; axis++) {
                to = (int) (to * dims[axis] + index[axis]);
            }
            result[to] = values[from];
            for (int axis = 0; axis < dims.length && ++index[axis] == dims[axis]; axis++) {
                index[axis] = 0;
            }
        }
        return result;
    }
}
