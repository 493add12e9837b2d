package lathe.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.Gson;
import com.google.gson.reflect.TypeToken;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.tensor.ElementType;
import lathe.testdata.TestData;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Integers of 8, 4 and 2 bits, against tensors from testdata/scripts/packed_codes.py, which packs with onnx.helper. */
class PackedCodesTest {

    private static final Map<String, Initializer> TENSORS =
            OnnxReader.read(TestData.bytes("reference/packed-codes.onnx")).initializers();

    /** Codes by tensor, unsigned ones as they are. */
    private static final Map<String, int[]> CODES = new TreeMap<>(new Gson()
            .fromJson(
                    new String(TestData.bytes("reference/packed-codes.json"), StandardCharsets.UTF_8),
                    new TypeToken<Map<String, int[]>>() {}));

    static List<String> names() {
        return List.copyOf(CODES.keySet());
    }

    private static byte[] bytes(int... codes) {
        byte[] bytes = new byte[codes.length];
        IntStream.range(0, codes.length).forEach(i -> bytes[i] = (byte) codes[i]);
        return bytes;
    }

    @Test
    void theReferenceHasEveryTypeAndCountInBothPlaces() {
        assertEquals(6 * 9 * 2, CODES.size());
        assertEquals(CODES.size() + 1, TENSORS.size());
    }

    @ParameterizedTest
    @MethodSource("names")
    void codesAreReadAsTheReferenceHasThem(String name) {
        assertArrayEquals(bytes(CODES.get(name)), TENSORS.get(name).codes());
    }

    @ParameterizedTest
    @MethodSource("names")
    void codesArePackedAsTheReferenceHasThem(String name) {
        Initializer reference = TENSORS.get(name);
        Initializer made = Initializer.ofCodes(name, reference.type(), reference.dims(), bytes(CODES.get(name)));
        assertEquals(reference.bytes().buffer(), made.bytes().buffer());
    }

    record Coded(ElementType type, byte[] codes) {}

    @Provide
    Arbitrary<Coded> coded() {
        return Arbitraries.of("INT8", "UINT8", "INT4", "UINT4", "INT2", "UINT2")
                .map(ElementType::valueOf)
                .flatMap(type -> {
                    int low = type.name().startsWith("U") ? 0 : -(1 << (type.bits() - 1));
                    return Arbitraries.integers()
                            .between(low, low + (1 << type.bits()) - 1)
                            .array(int[].class)
                            .ofMaxSize(40)
                            .map(codes -> new Coded(type, bytes(codes)));
                });
    }

    @Property(tries = 200, seed = "1")
    void codesComeBackAsTheyWere(@ForAll("coded") Coded coded) {
        List<Long> dims = List.of((long) coded.codes.length);
        Initializer packed = Initializer.ofCodes("t", coded.type, dims, coded.codes);
        assertEquals(
                (coded.codes.length * coded.type.bits() + 7) / 8, packed.bytes().size());
        assertArrayEquals(coded.codes, packed.codes());
    }

    @Test
    void whatIsLeftOfTheLastByteIsZero() {
        Initializer fours = Initializer.ofCodes("t", ElementType.INT4, List.of(1L, 3L), bytes(-1, -2, -3));
        assertEquals(ByteBuffer.wrap(bytes(0xef, 0x0d)), fours.bytes().buffer());
        Initializer twos = Initializer.ofCodes("t", ElementType.INT2, List.of(5L), bytes(1, -1, 0, -2, -1));
        assertEquals(ByteBuffer.wrap(bytes(0b10_00_11_01, 0b11)), twos.bytes().buffer());
    }

    @Test
    void aCodeOutOfRangeIsRefused() {
        for (int outside : new int[] {8, -9, 127}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Initializer.ofCodes("t", ElementType.INT4, List.of(), bytes(outside)));
        }
        for (int outside : new int[] {-1, 4}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Initializer.ofCodes("t", ElementType.UINT2, List.of(), bytes(outside)));
        }
    }

    /** Three and four codes of 4 bits take as many bytes, so only their number tells. */
    @Test
    void asManyCodesAsElementsAreWanted() {
        assertThrows(
                IllegalArgumentException.class,
                () -> Initializer.ofCodes("t", ElementType.INT4, List.of(4L), bytes(1, 2, 3)));
        assertEquals(
                0,
                Initializer.ofCodes("t", ElementType.INT2, List.of(0L), bytes()).codes().length);
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"INT8", "UINT8", "INT4", "UINT4", "INT2", "UINT2", "FLOAT8E4M3FN", "FLOAT8E5M2"},
            mode = EnumSource.Mode.EXCLUDE)
    void otherTypesHaveNoCodes(ElementType type) {
        assertThrows(IllegalArgumentException.class, () -> Initializer.ofCodes("t", type, List.of(), bytes(0)));
    }

    @Test
    void aFloatTensorHasNoCodes() {
        Initializer floats = Initializer.ofFloats("t", new float[] {1});
        assertThrows(UnsupportedModelException.class, floats::codes);
    }
}
