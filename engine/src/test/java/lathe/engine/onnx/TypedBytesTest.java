package lathe.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.tensor.ElementType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Elements in the field of their type read as the same elements in {@code raw_data} do. */
class TypedBytesTest {

    private static Initializer read(TensorProto.Builder tensor) {
        Graph graph = OnnxReader.read(TestModel.addition(tensor).build().toByteArray());
        return graph.initializers().get("w");
    }

    private static byte[] bytes(TensorProto.Builder tensor) {
        Initializer read = read(tensor);
        ByteBuffer buffer = read.bytes().buffer();
        assertTrue(buffer.isReadOnly());
        assertEquals(ByteOrder.LITTLE_ENDIAN, buffer.order());
        assertEquals(0, buffer.position());
        assertEquals(read.bytes().size(), buffer.remaining());
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static byte[] littleEndian(int size, Consumer<ByteBuffer> content) {
        ByteBuffer buffer = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        content.accept(buffer);
        return buffer.array();
    }

    private static TensorProto.Builder ints(ElementType type, long elements, int... values) {
        TensorProto.Builder tensor = TestModel.empty("w", type, elements);
        for (int value : values) {
            tensor.addInt32Data(value);
        }
        return tensor;
    }

    static List<Arguments> cases() {
        return Stream.<Arguments>of(
                        Arguments.of(
                                TestModel.empty("w", ElementType.FLOAT, 2)
                                        .addFloatData(1.5f)
                                        .addFloatData(-0f),
                                littleEndian(8, b -> b.putFloat(1.5f).putFloat(-0f))),
                        Arguments.of(
                                TestModel.empty("w", ElementType.COMPLEX64, 1)
                                        .addFloatData(1)
                                        .addFloatData(2),
                                littleEndian(8, b -> b.putFloat(1).putFloat(2))),
                        Arguments.of(
                                TestModel.empty("w", ElementType.DOUBLE, 1).addDoubleData(Math.PI),
                                littleEndian(8, b -> b.putDouble(Math.PI))),
                        Arguments.of(
                                TestModel.empty("w", ElementType.COMPLEX128, 1)
                                        .addDoubleData(1)
                                        .addDoubleData(2),
                                littleEndian(16, b -> b.putDouble(1).putDouble(2))),
                        Arguments.of(
                                TestModel.empty("w", ElementType.INT64, 1).addInt64Data(Long.MIN_VALUE),
                                littleEndian(8, b -> b.putLong(Long.MIN_VALUE))),
                        Arguments.of(
                                TestModel.empty("w", ElementType.UINT64, 1).addUint64Data(-1),
                                littleEndian(8, b -> b.putLong(-1))),
                        Arguments.of(
                                TestModel.empty("w", ElementType.UINT32, 1).addUint64Data(0xfedcba98L),
                                littleEndian(4, b -> b.putInt(0xfedcba98))),
                        Arguments.of(ints(ElementType.INT32, 1, -5), littleEndian(4, b -> b.putInt(-5))),
                        Arguments.of(ints(ElementType.INT16, 1, -5), littleEndian(2, b -> b.putShort((short) -5))),
                        Arguments.of(ints(ElementType.UINT16, 1, 65535), new byte[] {-1, -1}),
                        Arguments.of(
                                ints(ElementType.FLOAT16, 2, 0x3c00, 0xc000), new byte[] {0, 0x3c, 0, (byte) 0xc0}),
                        Arguments.of(ints(ElementType.BFLOAT16, 1, 0x3f80), new byte[] {(byte) 0x80, 0x3f}),
                        Arguments.of(ints(ElementType.INT8, 2, -128, 127), new byte[] {-128, 127}),
                        Arguments.of(ints(ElementType.UINT8, 2, 0, 255), new byte[] {0, -1}),
                        Arguments.of(ints(ElementType.BOOL, 2, 0, 1), new byte[] {0, 1}),
                        Arguments.of(ints(ElementType.FLOAT8E4M3FN, 1, 0x7e), new byte[] {0x7e}),
                        Arguments.of(ints(ElementType.INT4, 3, 0x21, 0x0f), new byte[] {0x21, 0x0f}),
                        Arguments.of(ints(ElementType.UINT2, 5, 0xe4, 0x03), new byte[] {(byte) 0xe4, 3}),
                        Arguments.of(ints(ElementType.FLOAT, 0), new byte[0]),
                        Arguments.of(
                                TestModel.empty("w", ElementType.INT8, 0).setRawData(ByteString.EMPTY), new byte[0]))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void elementsOfEveryType(TensorProto.Builder tensor, byte[] expected) {
        assertArrayEquals(expected, bytes(tensor));
        TensorProto.Builder raw = TensorStore.emptied(tensor.build()).setRawData(ByteString.copyFrom(expected));
        assertArrayEquals(expected, bytes(raw));
    }

    @Test
    void stringsAreCarriedOnly() {
        TensorProto.Builder tensor =
                TestModel.empty("w", ElementType.STRING, 1).addStringData(ByteString.copyFromUtf8("text"));
        assertEquals(0, bytes(tensor).length);
        Graph graph = OnnxReader.read(TestModel.addition(tensor).build().toByteArray());
        Initializer renamed = graph.initializers().get("w").named("v");
        byte[] written = OnnxWriter.toBytes(graph.edit()
                .put(renamed)
                .replace(graph.nodes().get(0), graph.nodes().get(0).withInputs(List.of("x", "v")))
                .build());
        assertArrayEquals(written, OnnxWriter.toBytes(OnnxReader.read(written)));
        assertTrue(ByteString.copyFrom(written).toStringUtf8().contains("text"));
    }

    @Test
    void numbersInTheFieldOfAnotherTypeAreNoElements() {
        TensorProto.Builder strings =
                TestModel.empty("w", ElementType.STRING, 0).addInt32Data(1);
        assertEquals(0, bytes(strings).length);
        TensorProto.Builder unknown =
                TestModel.empty("w", ElementType.STRING, 0).setDataType(99).addInt32Data(1);
        assertEquals(0, bytes(unknown).length);
    }
}
