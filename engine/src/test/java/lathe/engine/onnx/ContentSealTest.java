package lathe.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.TestGraph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.testdata.TestData;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentSealTest {

    private static final long SMALL = 1 << 12;

    @TempDir
    Path folder;

    private static Graph sealed() {
        Graph graph = new TestGraph()
                .weights("w", 2000)
                .weights("v", 3000)
                .node("Add", "y", "x", "w")
                .node("Add", "z", "y", "v")
                .build("z");
        return ContentSeal.asked(graph.edit().metadata("k", "v").build());
    }

    private static ContentSeal.State state(byte[] model) {
        return ContentSeal.of(OnnxReader.read(model));
    }

    @Test
    void whatWasWrittenIsIntact() throws IOException {
        assertEquals(ContentSeal.State.INTACT, state(OnnxWriter.toBytes(sealed())));
        Path file = folder.resolve("m.onnx");
        OnnxWriter.write(sealed(), file);
        assertArrayEquals(OnnxWriter.toBytes(sealed()), Files.readAllBytes(file));
        Graph model = OnnxReader.read(TestData.bytes("fashion-resnet.onnx"));
        assertEquals(ContentSeal.State.ABSENT, ContentSeal.of(model));
        assertEquals(ContentSeal.State.INTACT, state(OnnxWriter.toBytes(ContentSeal.asked(model))));
    }

    @Property(tries = 300, seed = "5")
    void noChangedByteIsIntact(
            @ForAll @IntRange(min = 0, max = 1 << 30) int place, @ForAll @IntRange(min = 1, max = 255) int change) {
        byte[] model = OnnxWriter.toBytes(sealed());
        model[place % model.length] ^= (byte) change;
        assertNotIntact(model);
    }

    /** The first and the last bytes hold the fields around the tensors, the seal among them. */
    @Test
    void noChangedByteOutsideTheTensorsIsIntact() {
        byte[] model = OnnxWriter.toBytes(sealed());
        for (int i = 0; i < model.length; i += i == 200 ? model.length - 500 : 1) {
            model[i] ^= 0x01;
            assertNotIntact(model);
            model[i] ^= 0x01;
        }
        assertEquals(ContentSeal.State.INTACT, state(model));
    }

    private static void assertNotIntact(byte[] model) {
        try {
            assertNotEquals(ContentSeal.State.INTACT, state(model));
        } catch (UnsupportedModelException e) {
            assertFalse(e.getMessage().isEmpty());
        }
    }

    @Test
    void externalDataIsSealedToo() throws IOException {
        Path file = folder.resolve("m.onnx");
        OnnxWriter.write(sealed(), file, SMALL);
        assertEquals(ContentSeal.State.INTACT, ContentSeal.of(OnnxReader.read(file)));
        Path data = folder.resolve("m.onnx.data");
        byte[] bytes = Files.readAllBytes(data);
        for (int place : new int[] {0, 7999, 8192, bytes.length - 1}) {
            bytes[place] ^= 0x10;
            Files.write(data, bytes);
            assertEquals(ContentSeal.State.BROKEN, ContentSeal.of(OnnxReader.read(file)), "byte " + place);
            bytes[place] ^= 0x10;
        }
        Files.write(data, bytes);
        assertEquals(ContentSeal.State.INTACT, ContentSeal.of(OnnxReader.read(file)));
    }

    @Test
    void aSealStaysAsItWasReadUnlessItIsAskedForAnew() {
        byte[] model = OnnxWriter.toBytes(sealed());
        Graph read = OnnxReader.read(model);
        assertArrayEquals(model, OnnxWriter.toBytes(read));
        Graph edited = read.edit().metadata("k", "other").build();
        assertEquals(ContentSeal.State.BROKEN, state(OnnxWriter.toBytes(edited)));
        assertEquals(ContentSeal.State.INTACT, state(OnnxWriter.toBytes(ContentSeal.asked(edited))));
        assertEquals(ContentSeal.State.ABSENT, ContentSeal.of(sealed()));
    }

    @Test
    void sourcesAreRecognisedByTheirBytes() throws IOException {
        byte[] model = TestData.bytes("fashion-resnet.onnx");
        Path file = Files.write(folder.resolve("net.onnx"), model);
        SourceHashes hashes = SourceHashes.of(OnnxReader.read(file));
        assertEquals(Optional.empty(), hashes.data());
        assertEquals(hashes, SourceHashes.of(OnnxReader.read(model)));
        Sha256 sha = new Sha256();
        sha.write(ByteBuffer.wrap(model));
        assertEquals(sha.hex(), hashes.model());

        Path outside = folder.resolve("m.onnx");
        OnnxWriter.write(sealed(), outside, SMALL);
        SourceHashes before = SourceHashes.of(OnnxReader.read(outside));
        assertEquals(before, SourceHashes.of(OnnxReader.read(outside)));
        Path data = folder.resolve("m.onnx.data");
        byte[] bytes = Files.readAllBytes(data);
        bytes[5] ^= 1;
        Files.write(data, bytes);
        SourceHashes after = SourceHashes.of(OnnxReader.read(outside));
        assertEquals(before.model(), after.model());
        assertNotEquals(before.data(), after.data());
    }
}
