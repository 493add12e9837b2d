package lathe.engine.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.tensor.ElementType;
import lathe.testdata.TestData;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A model comes out of its archive with the bytes that it had, or not at all. */
class ArchiveTest {

    @TempDir
    Path folder;

    static byte[] bytes(Archive archive) throws IOException {
        try (InputStream in = archive.content()) {
            return in.readAllBytes();
        }
    }

    private static byte[] unpacked(byte[] archive) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Archive.unpack(new ByteArrayInputStream(archive), out);
        return out.toByteArray();
    }

    static Stream<String> models() {
        return Stream.concat(
                TestData.oddGraphs().stream(),
                Stream.of("fashion-resnet.onnx", "fashion-mobilenet.onnx", "fashion-mobilenet-folded.onnx"));
    }

    @ParameterizedTest
    @MethodSource("models")
    void everyModelComesOutAsItWas(String name) throws IOException {
        byte[] model = TestData.bytes(name);
        Archive archive = Archive.of(model);
        byte[] packed = bytes(archive);
        assertEquals(packed.length, archive.bytes());
        assertEquals(model.length, archive.bytesBefore());
        assertArrayEquals(model, unpacked(packed));
        assertArrayEquals(packed, bytes(Archive.of(Files.write(folder.resolve("model.onnx"), model))));
    }

    /** One initializer of any type, extents that need not fit, and any or few different bytes. */
    private static TensorProto.Builder tensor(int type, List<Long> dims, byte[] bytes) {
        return TensorProto.newBuilder()
                .setName("weights")
                .setDataType(type)
                .addAllDims(dims)
                .setRawData(ByteString.copyFrom(bytes));
    }

    private static byte[] model(List<TensorProto> tensors) {
        NodeProto node = NodeProto.newBuilder().setOpType("Conv").addInput("x").build();
        GraphProto graph =
                GraphProto.newBuilder().addNode(node).addAllInitializer(tensors).build();
        return ModelProto.newBuilder().setIrVersion(8).setGraph(graph).build().toByteArray();
    }

    @Provide
    Arbitrary<List<TensorProto>> tensors() {
        Arbitrary<byte[]> any =
                Arbitraries.bytes().array(byte[].class).ofMinSize(40).ofMaxSize(300);
        Arbitrary<byte[]> few = Arbitraries.of((byte) 0, (byte) 1, (byte) -1, (byte) -128)
                .array(byte[].class)
                .ofMinSize(40)
                .ofMaxSize(300);
        return Combinators.combine(
                        Arbitraries.integers().between(0, 30),
                        Arbitraries.longs().between(-1, 20).list().ofMaxSize(4),
                        Arbitraries.oneOf(any, few))
                .as((type, dims, bytes) -> tensor(type, dims, bytes).build())
                .list()
                .ofMaxSize(4);
    }

    @Property(tries = 1000)
    void anyTensorsComeOutAsTheyWere(@ForAll("tensors") List<TensorProto> tensors) throws IOException {
        byte[] model = model(tensors);
        assertArrayEquals(model, unpacked(bytes(Archive.of(model))));
    }

    /** INT8 codes, those of 3 bits in planes of 2 and 1, and INT16 codes, as Lathe writes them. */
    static byte[] quantized(int count) {
        SplittableRandom random = new SplittableRandom(1);
        byte[] codes = new byte[count];
        byte[] high = new byte[count / 4];
        byte[] low = new byte[count / 8];
        byte[] wide = new byte[2 * count];
        for (int i = 0; i < count; i++) {
            int code = random.nextInt(3) + random.nextInt(3) + random.nextInt(3) - 3;
            codes[i] = (byte) code;
            wide[2 * i] = (byte) code;
            wide[2 * i + 1] = (byte) (code >> 8);
            int three = Math.max(-4, Math.min(3, code));
            high[i % high.length] |= (byte) (((three >> 1) & 3) << (2 * (i / high.length)));
            low[i % low.length] |= (byte) ((three & 1) << (i / low.length));
        }
        return model(List.of(
                tensor(ElementType.INT8.code(), List.of(20L, count / 20L), codes)
                        .build(),
                tensor(ElementType.UINT8.code(), List.of((long) high.length), high)
                        .build(),
                tensor(ElementType.UINT8.code(), List.of((long) low.length), low)
                        .build(),
                tensor(ElementType.INT16.code(), List.of(20L, 2L, count / 40L), wide)
                        .build()));
    }

    @Test
    void weightsGetTheCodingThatSuitsThem() throws IOException {
        byte[] model = quantized(200_000);
        Archive archive = Archive.of(model);
        List<Archive.Part> parts = archive.parts();
        assertEquals(
                List.of("integers", "2 bits", "1 bits", "integers"),
                parts.stream().map(Archive.Part::coding).toList());
        assertArrayEquals(model, unpacked(bytes(archive)));
        Archive.Part low = parts.get(2);
        assertTrue(low.packedBytes() < 0.95 * low.bytes(), "low bits are coded below the high ones");
    }

    @Test
    void aHalfInAFloatTakesTwoBytesOrLess() {
        SplittableRandom random = new SplittableRandom(1);
        ByteBuffer halves = ByteBuffer.allocate(4 * 5000).order(ByteOrder.LITTLE_ENDIAN);
        while (halves.hasRemaining()) {
            halves.putInt(Float.floatToIntBits((float) (random.nextDouble() - 0.5)) & 0xffff_e000);
        }
        Archive archive = Archive.of(model(List.of(
                tensor(ElementType.FLOAT.code(), List.of(5000L), halves.array()).build())));
        long bytes = archive.parts().get(0).packedBytes();
        assertTrue(bytes < 2 * 5000, () -> bytes + " bytes");
    }

    @Test
    void externalDataComesOutBesideTheModel() throws IOException {
        Path model = Files.write(folder.resolve("m.onnx"), TestData.bytes("odd/external/external-data.onnx"));
        Path data =
                Files.write(folder.resolve("external-data.data"), TestData.bytes("odd/external/external-data.data"));
        Path archive = folder.resolve("m.lathe");
        Archive.of(model).write(archive);
        Path out = Files.createDirectory(folder.resolve("out")).resolve("other.onnx");
        List<Path> told = new ArrayList<>();
        List<Path> written = Archive.unpack(Files.newInputStream(archive), out, told::add);
        assertEquals(List.of(out.resolveSibling("external-data.data"), out), written);
        assertEquals(written, told);
        assertEquals(-1, Files.mismatch(model, out));
        assertEquals(-1, Files.mismatch(data, out.resolveSibling("external-data.data")));
        assertThrows(UnsupportedModelException.class, () -> unpacked(Files.readAllBytes(archive)));
        assertThrows(
                UnsupportedModelException.class,
                () -> Archive.unpack(archive, out.resolveSibling("external-data.data")));
        assertThrows(UnsupportedModelException.class, () -> Archive.of(Files.readAllBytes(model)));
        Files.delete(data);
        assertThrows(UnsupportedModelException.class, () -> Archive.of(model));
    }

    @Test
    void externalDataInAFolderComesWithTheFolder() throws IOException {
        ModelProto.Builder model = ModelProto.parseFrom(TestData.bytes("odd/external/external-data.onnx")).toBuilder();
        for (TensorProto.Builder tensor : model.getGraphBuilder().getInitializerBuilderList()) {
            tensor.getExternalDataBuilderList().stream()
                    .filter(entry -> entry.getKey().equals("location"))
                    .forEach(entry -> entry.setValue("a/b/weights.bin"));
        }
        Path file = Files.write(folder.resolve("m.onnx"), model.build().toByteArray());
        Files.createDirectories(folder.resolve("a/b"));
        Files.write(folder.resolve("a/b/weights.bin"), TestData.bytes("odd/external/external-data.data"));
        Path archive = folder.resolve("m.lathe");
        Archive.of(file).write(archive);
        Path out = Files.createDirectory(folder.resolve("out")).resolve("m.onnx");
        Archive.unpack(archive, out);
        assertEquals(-1, Files.mismatch(folder.resolve("a/b/weights.bin"), folder.resolve("out/a/b/weights.bin")));

        byte[] bytes = Files.readAllBytes(archive);
        Files.write(archive, Arrays.copyOf(bytes, bytes.length - 1));
        Path failed = Files.createDirectory(folder.resolve("failed")).resolve("m.onnx");
        assertThrows(UnsupportedModelException.class, () -> Archive.unpack(archive, failed));
        assertEmpty(failed.getParent());
        assertThrows(NoSuchFileException.class, () -> Archive.unpack(archive, folder.resolve("no/m.onnx")));
        assertFalse(Files.exists(folder.resolve("no")));
    }

    private static void assertEmpty(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(), files.toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "This is no model.\n", "\u0008\u0007"})
    void whatIsNoModelIsRefused(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        assertThrows(UnsupportedModelException.class, () -> Archive.of(bytes));
    }

    /** A damaged archive is refused in one line before anything takes its place. */
    @Test
    void everyChangedByteAndEveryLossIsNoticed() throws IOException {
        byte[] archive = bytes(Archive.of(TestData.bytes("odd/conv1d.onnx")));
        for (int i = 0; i < archive.length; i++) {
            byte[] changed = archive.clone();
            changed[i] ^= (byte) (1 << i % 8);
            assertRefused(changed);
            assertRefused(Arrays.copyOf(archive, i));
        }
        assertRefused(Arrays.copyOf(archive, archive.length + 1));
    }

    private static void assertRefused(byte[] archive) {
        UnsupportedModelException e = assertThrows(
                UnsupportedModelException.class,
                () -> Archive.unpack(new ByteArrayInputStream(archive), OutputStream.nullOutputStream()));
        assertFalse(e.getMessage().isBlank());
    }

    @Test
    void messagesSayWhatIsWrong() throws IOException {
        byte[] archive = bytes(Archive.of(TestData.bytes("fashion-resnet.onnx")));
        assertMessage("not an archive of Lathe", 0, archive);
        assertMessage("version 5 is newer than this program reads (1)", 6, archive);
        assertMessage("the archive was cut short in section 0", 11, archive);
        assertMessage("section 0 has a wrong checksum; the archive is damaged", 20, archive);
        int last = archive.length - 10;
        assertMessage("has a wrong checksum; the archive is damaged", last, archive);
        UnsupportedModelException e =
                assertThrows(UnsupportedModelException.class, () -> unpacked(Arrays.copyOf(archive, last)));
        assertTrue(e.getMessage().contains("the archive was cut short in section "), e::getMessage);
    }

    private static void assertMessage(String message, int place, byte[] archive) {
        byte[] changed = archive.clone();
        changed[place] ^= 4;
        UnsupportedModelException e = assertThrows(UnsupportedModelException.class, () -> unpacked(changed));
        assertTrue(e.getMessage().contains(message), e::getMessage);
    }

    @Test
    void anArchiveIsKnownByItsBeginning() throws IOException {
        Path file = folder.resolve("x");
        Archive.of(TestData.bytes("odd/conv1d.onnx")).write(file);
        assertTrue(Archive.isArchive(file));
        assertFalse(Archive.isArchive(Files.write(file, TestData.bytes("odd/conv1d.onnx"))));
        assertFalse(Archive.isArchive(Files.write(file, new byte[0])));
    }
}
