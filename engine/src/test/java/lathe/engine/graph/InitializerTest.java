package lathe.engine.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.List;
import java.util.Optional;
import lathe.engine.tensor.ElementType;
import lathe.engine.tensor.TensorBytes;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class InitializerTest {

    private static Initializer of(ElementType type, int elements, int... shorts) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * shorts.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : shorts) {
            bytes.putShort((short) value);
        }
        return Initializer.of("t", type, List.of((long) elements), bytes.array());
    }

    @Property(tries = 100, seed = "1")
    void floatsComeBackAsTheyWere(@ForAll @Size(max = 50) float[] values) {
        assertArrayEquals(
                values, Initializer.ofFloats("t", values, values.length).floats());
    }

    @Property(tries = 100, seed = "1")
    void integersComeBackAsTheyWere(@ForAll @Size(max = 50) int[] values) {
        long[] wide = Initializer.ofInts("t", values, values.length).longs();
        for (int i = 0; i < values.length; i++) {
            assertEquals(values[i], wide[i]);
        }
    }

    @Property(tries = 100, seed = "1")
    void longsComeBackAsTheyWere(@ForAll @Size(max = 50) long[] values) {
        assertArrayEquals(
                values, Initializer.ofLongs("t", values, values.length).longs());
    }

    /** Known encodings: IEEE 754-2008, table 3.5 and its worked values. */
    @Test
    void halves() {
        float[] expected = {
            0f, -0f, 1f, -2f, 65504f, 0x1p-14f, 0x1p-24f, 0x1.ff8p-15f, Float.POSITIVE_INFINITY, 0x1.554p-2f
        };
        int[] codes = {0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x03ff, 0x7c00, 0x3555};
        assertArrayEquals(expected, of(ElementType.FLOAT16, codes.length, codes).floats());
        assertEquals(Float.NaN, of(ElementType.FLOAT16, 1, 0x7e00).floats()[0]);
    }

    @Test
    void brainFloats() {
        int[] codes = {0x0000, 0x3f80, 0xc000, 0x7f80, 0x4049};
        float[] expected = {0f, 1f, -2f, Float.POSITIVE_INFINITY, 3.140625f};
        assertArrayEquals(
                expected, of(ElementType.BFLOAT16, codes.length, codes).floats());
    }

    @Test
    void bytesThatDoNotFitTheExtentsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> of(ElementType.FLOAT16, 3, 1, 2));
        assertThrows(
                IllegalArgumentException.class, () -> Initializer.of("t", ElementType.INT8, List.of(-1L), new byte[0]));
        assertEquals(
                5,
                Initializer.of("t", ElementType.INT4, List.of(5L), new byte[3]).elements());
    }

    @Test
    void anEmptyAxisMakesNoElements() {
        assertEquals(
                0,
                Initializer.of("t", ElementType.INT8, List.of(1L << 40, 1L << 40, 0L), new byte[0])
                        .elements());
        assertEquals(1, Initializer.ofFloats("t", new float[] {1}).elements());
    }

    @Test
    void theWrongKindOfElementsIsSaid() {
        Initializer longs = Initializer.ofLongs("t", new long[] {1});
        assertThrows(UnsupportedModelException.class, longs::floats);
        assertThrows(UnsupportedModelException.class, Initializer.ofFloats("t", new float[] {1})::longs);
    }

    @Test
    void aNewNameSharesTheElements() {
        Initializer tensor = Initializer.ofFloats("t", new float[] {1});
        assertSame(tensor.bytes(), tensor.named("u").bytes());
        assertSame(tensor, tensor.named("t"));
    }

    /** Bytes of which there are too many for an array; nobody gets to see them. */
    private record Endless(long size) implements TensorBytes {
        @Override
        public ByteBuffer buffer() {
            throw new IllegalStateException("must not be asked for");
        }

        @Override
        public void writeTo(WritableByteChannel channel) {
            throw new IllegalStateException("must not be asked for");
        }
    }

    @Test
    void whatNoArrayHoldsIsRefused() {
        long elements = 1L << 40;
        Initializer floats =
                new Initializer("t", ElementType.FLOAT, List.of(elements), new Endless(4 * elements), Optional.empty());
        assertThrows(UnsupportedModelException.class, floats::floats);
        Initializer longs =
                new Initializer("t", ElementType.INT64, List.of(elements), new Endless(8 * elements), Optional.empty());
        assertThrows(UnsupportedModelException.class, longs::longs);
        Initializer codes =
                new Initializer("t", ElementType.INT8, List.of(elements), new Endless(elements), Optional.empty());
        assertThrows(UnsupportedModelException.class, codes::codes);
    }
}
