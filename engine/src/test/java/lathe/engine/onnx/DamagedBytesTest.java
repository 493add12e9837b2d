package lathe.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Arrays;
import java.util.Random;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.UnsupportedModelException;
import lathe.testdata.TestData;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the bytes, the reader answers a graph, which can be used and written, or refuses them. */
class DamagedBytesTest {

    private static final int ROUNDS = 400;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "odd/if-own-weights.onnx",
                "odd/local-function.onnx",
                "odd/metadata.onnx",
                "odd/weights-float-data.onnx",
                "odd/weights-float16.onnx",
                "odd/weights-in-constants.onnx"
            })
    void aFewBytesChangedOrTheEndCutOff(String name) {
        byte[] model = TestData.bytes(name);
        Random random = new Random(name.hashCode());
        int accepted = 0;
        for (int round = 0; round < ROUNDS; round++) {
            accepted += isRead(damaged(model, random)) ? 1 : 0;
        }
        int found = accepted;
        assertTrue(accepted > 0 && accepted < ROUNDS, () -> "%d of %d accepted".formatted(found, ROUNDS));
    }

    private static byte[] damaged(byte[] model, Random random) {
        byte[] bytes = random.nextInt(8) == 0 ? Arrays.copyOf(model, random.nextInt(model.length)) : model.clone();
        if (bytes.length == 0) {
            return bytes;
        }
        for (int i = random.nextInt(3); i >= 0; i--) {
            int place = random.nextInt(bytes.length);
            switch (random.nextInt(3)) {
                case 0 -> bytes[place] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[place] = (byte) random.nextInt(256);
                default -> bytes[place] = (byte) (random.nextBoolean() ? 0xff : 0);
            }
        }
        return bytes;
    }

    private static boolean isRead(byte[] bytes) {
        Graph graph;
        try {
            graph = OnnxReader.read(bytes);
        } catch (UnsupportedModelException e) {
            return false;
        }
        assertEquals(content(bytes), content(OnnxWriter.toBytes(graph)));
        graph.initializers().values().forEach(DamagedBytesTest::readElements);
        graph.nodes()
                .forEach(node -> graph.constant(node.outputs().isEmpty() ? "" : node.output())
                        .ifPresent(DamagedBytesTest::readElements));
        OnnxReader.read(OnnxWriter.toBytes(
                graph.edit().metadata("k", "v").requireOpset("", 25).build()));
        return true;
    }

    private static ModelProto content(byte[] bytes) {
        try {
            return ModelProto.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private static void readElements(Initializer tensor) {
        assertTrue(tensor.bytes().buffer().remaining() == tensor.bytes().size());
    }
}
