package lathe.engine.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tukaani.xz.LZMAInputStream;

/**
 * Decodes archives by what {@code docs/format.md} says, with nothing of Lathe's own: numbers of any size, adaptive bits in a map, one
 * tensor for each loop.
 */
class FormatTest {

    /** A file that comes out. */
    record Decoded(String name, byte[] bytes) {}

    @TempDir
    Path folder;

    private final Map<String, long[]> adaptive = new HashMap<>();
    private byte[] section;
    private int next;
    private BigInteger range;
    private BigInteger code;

    /** Of four tensors: bytes in a tree, bytes as they are, pieces of 2 bits, integers of 16 bits. */
    private static final String GOLDEN = ""
            + "894c4154484501006b0000000c0000801592e9f688778158655caee4fced73581bbe80ede819f8c2cce1f1ec65961a07fce9"
            + "fe96a47105ad7419742751fee0ab4a8fdfe9b3d9a9c32ed0ebbebdd964172503ce7f0819e2949dbb840f0eede819958d5874"
            + "c117301e6bf4e2ff17a453d7bcd0fff645f800a9011cc70701000000ff002f43e4afda7128a33814ff40c5ded97b6a67fa81"
            + "c5689e25adf7cf176771bd50b9ef84dd2a761ac53a2855c1d6896affbb20990eb41e5379f9c93e82a4d7f8c1b0307a7b761d"
            + "49a7496d4dfd57d9b209d3ae879f0e40a71b3f78d11203e754a7b5636afefaccc675cdcdc86956bd15005107a6ab3d79f367"
            + "161af47fb960d3e38c4f491d6241206a9de2925ded959b917f7ebd4fb58a53421b4cba7d9e884b148f91a4c5b93a7dd2f9bb"
            + "1ff34232d0be75f0d066bc24f9105d3a2a5f05844523aca81c5024d819ed4c6bae03a3a98c590bed05b1fa61e0e3e973dd6c"
            + "0e569a02099d9f4b13456c707a3d94511d66e0d56a3d10da9ff7289513a856579252a6d9ca06ad00f722f098";

    private static final BigInteger ALL = BigInteger.ONE.shiftLeft(32);

    private static long number(byte[] bytes, int at, int count) {
        long value = 0;
        for (int i = count - 1; i >= 0; i--) {
            value = value * 256 + Byte.toUnsignedInt(bytes[at + i]);
        }
        return value;
    }

    private static long crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return crc.getValue();
    }

    private static long varint(DataInputStream in) throws IOException {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            int part = in.readUnsignedByte();
            value += (long) (part % 128) << shift;
            if (part < 128) {
                return value;
            }
        }
    }

    private List<Decoded> decode(byte[] archive) throws IOException {
        assertEquals("894c41544845" + "0100", HexFormat.of().formatHex(archive, 0, 8));
        List<byte[]> sections = new ArrayList<>();
        for (int at = 8; at < archive.length; ) {
            int length = (int) number(archive, at, 4);
            byte[] content = Arrays.copyOfRange(archive, at + 4, at + 4 + length);
            assertEquals(number(archive, at + 4 + length, 4), crc(content));
            sections.add(content);
            at += length + 8;
        }
        byte[] structure = sections.remove(0);
        DataInputStream in = new DataInputStream(new LZMAInputStream(
                new ByteArrayInputStream(structure, 1, structure.length - 1), -1, (byte) 0, 1 << structure[0]));
        int files = (int) varint(in);
        List<String> names = new ArrayList<>();
        List<Long> sizes = new ArrayList<>();
        List<Long> sums = new ArrayList<>();
        List<List<long[]>> tensors = new ArrayList<>();
        for (int i = 0; i < files; i++) {
            names.add(new String(in.readNBytes((int) varint(in)), StandardCharsets.UTF_8));
            sizes.add(varint(in));
            sums.add(number(in.readNBytes(4), 0, 4));
            List<long[]> ofFile = new ArrayList<>();
            for (long count = varint(in); count > 0; count--) {
                long[] tensor = {varint(in), varint(in), in.readUnsignedByte(), 0, 0, 0, 0};
                int coding = (int) tensor[2] % 128;
                for (int p = 0; p < List.of(3, 4, 2).get(coding - 1); p++) {
                    tensor[3 + p] = coding == 2 && p >= 2 ? varint(in) : in.readUnsignedByte();
                }
                ofFile.add(tensor);
            }
            tensors.add(ofFile);
        }
        List<Decoded> decoded = new ArrayList<>();
        for (int i = 0; i < files; i++) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] above = {};
            for (long[] tensor : tensors.get(i)) {
                out.write(in.readNBytes((int) tensor[0]));
                if (section == null) {
                    begin(sections.remove(0));
                }
                above = tensor(tensor, above);
                out.write(above);
                if (tensor[2] >= 128) {
                    assertEquals(section.length, next);
                    assertEquals(BigInteger.ZERO, code);
                    section = null;
                }
            }
            out.write(in.readNBytes((int) (sizes.get(i) - out.size())));
            assertEquals(sums.get(i), crc(out.toByteArray()));
            decoded.add(new Decoded(names.get(i), out.toByteArray()));
        }
        assertEquals(List.of(), sections);
        assertEquals(-1, in.read());
        return decoded;
    }

    private void begin(byte[] content) {
        section = content;
        range = ALL.subtract(BigInteger.ONE);
        code = BigInteger.ZERO;
        next = 0;
        for (int i = 0; i < 4; i++) {
            nextByte();
        }
    }

    private void nextByte() {
        code = code.multiply(BigInteger.valueOf(256)).add(BigInteger.valueOf(Byte.toUnsignedInt(section[next++])));
    }

    private void renormalize() {
        while (range.bitLength() <= 24) {
            range = range.multiply(BigInteger.valueOf(256));
            nextByte();
        }
    }

    private int adaptive(String name) {
        long[] state = adaptive.computeIfAbsent(name, n -> new long[] {32768, 32768, 0});
        BigInteger bound = range.shiftRight(16).multiply(BigInteger.valueOf((state[0] + state[1]) / 2));
        int bit = code.compareTo(bound) < 0 ? 0 : 1;
        for (int i = 0; i < 2; i++) {
            long rate = 65536 / Math.min(state[2] + 2, i == 0 ? 64 : 256);
            state[i] += bit == 0 ? (65536 - state[i]) * rate / 65536 : -(state[i] * rate / 65536);
        }
        state[2] = Math.min(state[2] + 1, 254);
        code = bit == 0 ? code : code.subtract(bound);
        range = bit == 0 ? bound : range.subtract(bound);
        renormalize();
        return bit;
    }

    private int direct(int count) {
        int value = 0;
        for (int i = 0; i < count; i++) {
            range = range.shiftRight(1);
            int bit = code.compareTo(range) < 0 ? 0 : 1;
            code = bit == 0 ? code : code.subtract(range);
            renormalize();
            value = 2 * value + bit;
        }
        return value;
    }

    private int tree(String name, int bits) {
        int node = 1;
        for (int i = 0; i < bits; i++) {
            node = 2 * node + adaptive(name + " node " + node);
        }
        return node - (1 << bits);
    }

    private byte[] tensor(long[] tensor, byte[] above) {
        byte[] bytes = new byte[(int) tensor[1]];
        switch ((int) tensor[2] % 128) {
            case 1 -> bytes(bytes, (int) tensor[3], (int) tensor[4], tensor[5] == 1);
            case 2 -> integers(bytes, (int) tensor[3], (int) tensor[5], tensor[6]);
            case 3 -> pieces(bytes, (int) tensor[3], (int) tensor[4], above);
            default -> throw new AssertionError("coding " + tensor[2]);
        }
        return bytes;
    }

    private void bytes(byte[] bytes, int width, int flags, boolean rotated) {
        for (int place = 0; place < width; place++) {
            for (int element = 0; element < bytes.length / width; element++) {
                boolean inTree = BigInteger.valueOf(flags).testBit(place);
                int value = inTree ? tree("bytes " + (width + place), 8) : direct(8);
                bytes[element * width + width - 1 - place] = (byte) value;
            }
        }
        for (int at = 0; rotated && at < bytes.length; at += width) {
            BigInteger left = new BigInteger(1, reversed(bytes, at, width));
            BigInteger right = left.testBit(0) ? left.setBit(8 * width).shiftRight(1) : left.shiftRight(1);
            for (int i = 0; i < width; i++) {
                bytes[at + i] = right.shiftRight(8 * i).byteValue();
            }
        }
    }

    private static byte[] reversed(byte[] bytes, int at, int width) {
        byte[] reversed = new byte[width];
        for (int i = 0; i < width; i++) {
            reversed[width - 1 - i] = bytes[at + i];
        }
        return reversed;
    }

    private void integers(byte[] bytes, int bits, int columns, long zigzag) {
        long offset = zigzag % 2 == 0 ? zigzag / 2 : -(zigzag + 1) / 2;
        long[] column = new long[columns];
        long row = 0;
        int signs = 0;
        for (int i = 0; i < 8 * bytes.length / bits; i++) {
            int q = i % columns;
            long a = (column[q] + row) / 16;
            int e = Long.toBinaryString(a).length() - 1;
            long k = a < 2 ? a : 2L * e + a / (1L << (e - 1)) % 2;
            long magnitude = adaptive("flag " + k) == 0 ? 0 : magnitude(k);
            boolean negative = magnitude > 0 && adaptive("sign " + signs) == 1;
            signs = (3 * signs + (magnitude == 0 ? 0 : negative ? 1 : 2)) % 27;
            long v = Math.min(magnitude, 1 << 20) * 64;
            column[q] += Math.floorDiv(v - column[q], 16);
            row += Math.floorDiv(v - row, 4);
            BigInteger value = BigInteger.valueOf(negative ? offset - magnitude : offset + magnitude)
                    .mod(BigInteger.ONE.shiftLeft(bits));
            for (int bit = 0; bit < bits; bit++) {
                int at = i * bits + bit;
                bytes[at / 8] |= (byte) (value.testBit(bit) ? 1 << (at % 8) : 0);
            }
        }
    }

    private long magnitude(long context) {
        int j = 0;
        while (j < 31 && adaptive("longer " + context + " " + j) == 1) {
            j++;
        }
        int t = Math.min(j, 3);
        return (1L << j) + ((long) tree("digits " + j, t) << (j - t)) + Integer.toUnsignedLong(direct(j - t));
    }

    private void pieces(byte[] bytes, int width, int widthAbove, byte[] above) {
        int history = 0;
        for (int i = 0; i < 8 * bytes.length / width; i++) {
            int over = widthAbove == 0
                    ? 0
                    : Byte.toUnsignedInt(above[i % above.length])
                            / (1 << (widthAbove * (i / above.length)))
                            % (1 << widthAbove);
            int piece = tree("pieces %d %d %d %d".formatted(width, widthAbove, over, history), width);
            history = ((history << width) + piece) % 64;
            bytes[i % bytes.length] |= (byte) (piece << (width * (i / bytes.length)));
        }
    }

    @ParameterizedTest
    @MethodSource("lathe.engine.archive.ArchiveTest#models")
    void everyArchiveIsDecodedAsThePageSays(String name) throws IOException {
        check(TestData.bytes(name));
    }

    @Test
    void soAreIntegersAndPieces() throws IOException {
        check(ArchiveTest.quantized(6000));
    }

    private void check(byte[] model) throws IOException {
        List<Decoded> decoded = decode(ArchiveTest.bytes(Archive.of(model)));
        assertEquals(1, decoded.size());
        assertEquals("", decoded.get(0).name());
        assertArrayEquals(model, decoded.get(0).bytes());
    }

    @Test
    void soAreSeveralFiles() throws IOException {
        Path model = Files.write(folder.resolve("m.onnx"), TestData.bytes("odd/external/external-data.onnx"));
        byte[] data = TestData.bytes("odd/external/external-data.data");
        Files.write(folder.resolve("external-data.data"), data);
        List<Decoded> decoded = decode(ArchiveTest.bytes(Archive.of(model)));
        assertEquals(
                List.of("external-data.data", ""),
                decoded.stream().map(Decoded::name).toList());
        assertArrayEquals(data, decoded.get(0).bytes());
        assertArrayEquals(Files.readAllBytes(model), decoded.get(1).bytes());
    }

    /** Version 1 as it was first written: if this fails, the format has changed without another version. */
    @Test
    void theFormatDoesNotChangeUnnoticed() throws IOException {
        byte[] model = ArchiveTest.quantized(240);
        byte[] golden = HexFormat.of().parseHex(GOLDEN);
        assertEquals(GOLDEN, HexFormat.of().formatHex(ArchiveTest.bytes(Archive.of(model))));
        assertArrayEquals(model, decode(golden).get(0).bytes());
    }
}
