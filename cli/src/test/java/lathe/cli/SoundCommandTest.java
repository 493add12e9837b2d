package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.tensor.ElementType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A network that takes windows of sound of one length, which its file does not state, and keeps a state, by itself. */
class SoundCommandTest {

    private static final int UNITS = 64;

    @TempDir
    private Path folder;

    @Test
    void isCompressedAndVerifiedWithoutShapes() throws IOException {
        Path model = folder.resolve("detector.onnx");
        OnnxWriter.write(detector(), model);
        Path small = folder.resolve("small.onnx");
        String said = CommandRun.of("compress", model, "-o", small).ok().out();
        assertTrue(said.contains("576 taken, as the network fails with 16000"), said);
        assertTrue(said.contains("input 'state': state, as the network reaches it"), said);
        assertTrue(said.contains("input 'sr': samples a second, 16000"), said);
        assertTrue(Files.size(small) < 0.4 * Files.size(model), said);
        String compared = CommandRun.of("verify", model, small).ok().out();
        assertTrue(compared.contains("stateN"), compared);
    }

    /** Frames of 64 samples by a Conv, their mean, and a mean of that and the state. */
    private static Graph detector() {
        Random random = new Random(5);
        return new Graph(
                List.of(
                        node("Reshape", "frames", Map.of(), "input", "shape"),
                        node("Conv", "spectrum", Map.of("strides", new Attribute.Ints(List.of(64L))), "frames", "k"),
                        node("Relu", "energy", Map.of(), "spectrum"),
                        node("ReduceMean", "mean", Map.of("axes", new Attribute.Ints(List.of(2L))), "energy"),
                        node("Reshape", "row", Map.of("allowzero", new Attribute.Int(0)), "mean", "row_shape"),
                        node("MatMul", "mixed", Map.of(), "row", "w"),
                        node("MatMul", "kept", Map.of(), "state", "r"),
                        node("Add", "sum", Map.of(), "mixed", "kept"),
                        node("Tanh", "stateN", Map.of(), "sum"),
                        node("MatMul", "logit", Map.of(), "stateN", "o"),
                        node("Sigmoid", "output", Map.of(), "logit")),
                List.of(
                        Initializer.ofLongs("shape", new long[] {1, 1, 576}, 3),
                        Initializer.ofLongs("row_shape", new long[] {1, 1, UNITS}, 3),
                        weights(random, "k", 0.5, UNITS, 1, 64),
                        weights(random, "w", 0.3, UNITS, UNITS),
                        weights(random, "r", 0.1, UNITS, UNITS),
                        weights(random, "o", 0.3, UNITS, 1)),
                List.of(
                        input("input", ElementType.FLOAT, Value.Dim.dynamic("batch"), Value.Dim.dynamic("samples")),
                        input(
                                "state",
                                ElementType.FLOAT,
                                Value.Dim.fixed(1),
                                Value.Dim.dynamic("batch"),
                                Value.Dim.fixed(UNITS)),
                        input("sr", ElementType.INT64)),
                List.of(Value.ofFloat("output"), Value.ofFloat("stateN")),
                Map.of("", 17L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    private static Value input(String name, ElementType type, Value.Dim... dims) {
        return new Value(name, type, Optional.of(Arrays.asList(dims)), Optional.empty());
    }

    private static Node node(String opType, String output, Map<String, Attribute> attributes, String... inputs) {
        return Node.of(output, opType, List.of(inputs), List.of(output), attributes);
    }

    private static Initializer weights(Random random, String name, double deviation, long... dims) {
        float[] values = new float[(int) Arrays.stream(dims).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return Initializer.ofFloats(name, values, dims);
    }
}
