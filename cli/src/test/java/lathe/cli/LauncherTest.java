package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import lathe.testdata.TestData;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The script that people type, in a folder of its own with the classes under test. */
@EnabledOnOs(OS.LINUX)
class LauncherTest {

    @TempDir
    Path folder;

    private Path launcher;

    /** A jar that only names what is on the class path stands in for the real one, which is not built before tests. */
    @BeforeEach
    void install() throws IOException {
        launcher = Files.copy(Path.of("..", "lathe"), folder.resolve("lathe"));
        assertTrue(launcher.toFile().setExecutable(true));
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath());
        new JarOutputStream(Files.newOutputStream(folder.resolve("lathe.jar")), manifest).close();
    }

    private static String classPath() {
        List<String> addresses = Arrays.stream(
                        System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toUri().toString())
                .toList();
        return String.join(" ", addresses);
    }

    private ChildRun run(Path script, Object... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        Stream.of(words).map(Object::toString).forEach(command::add);
        return ChildRun.of(new ProcessBuilder(command));
    }

    @Test
    void startsFromAnywhereThroughLinks() throws Exception {
        Path elsewhere = Files.createDirectories(folder.resolve("a folder").resolve("bin"));
        Path relative = Files.createSymbolicLink(elsewhere.resolve("lathe"), Path.of("..", "..", "lathe"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), relative);
        ChildRun run = run(link, "--version");
        assertEquals(0, run.code(), run::err);
        assertTrue(run.out().startsWith("lathe "), run::out);
    }

    @Tag("slow")
    @Test
    void aModelGetsNoMoreMemoryThanIsAllowed() throws Exception {
        Path file = Files.write(folder.resolve("huge.onnx"), adding(2_000_000_000));
        for (List<String> option : List.of(List.of("--max-memory", "400m"), List.of("--max-memory=1Gb"))) {
            List<Object> words = new ArrayList<>(List.of("compress", file, "--images", 2));
            words.addAll(option);
            ChildRun run = run(launcher, words.toArray());
            assertEquals(3, run.code(), run::err);
            assertTrue(run.err().contains("it ran out of memory"), run::err);
            assertTrue(run.err().contains("; allow more with --max-memory"), run::err);
            assertEquals(1, run.err().lines().count(), run::err);
        }
    }

    @Tag("slow")
    @Test
    void aModelGetsTheMemoryThatItNeeds() throws Exception {
        Path file = Files.write(folder.resolve("small.onnx"), adding(2_000_000));
        ChildRun run = run(launcher, "compress", file, "--images", 2, "--max-memory", "400m");
        assertEquals(0, run.code(), run::err);
    }

    /** A network that adds the largest of so many zeros to what it answers: 4 bytes each, which are not in its file. */
    private static byte[] adding(long zeros) throws IOException {
        ModelProto.Builder model = ModelProto.parseFrom(TestData.bytes("fashion-resnet-folded.onnx")).toBuilder();
        GraphProto.Builder graph = model.getGraphBuilder();
        graph.addInitializer(TensorProto.newBuilder()
                .setName("how many")
                .setDataType(TensorProto.DataType.INT64.getNumber())
                .addDims(1)
                .addInt64Data(zeros));
        String answer = graph.getOutput(0).getName();
        graph.addNode(node("ConstantOfShape", "zeros", "how many"));
        graph.addNode(node("ReduceMax", "largest", "zeros")
                .addAttribute(AttributeProto.newBuilder()
                        .setName("keepdims")
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(0)));
        graph.addNode(node("Add", "sum", answer, "largest"));
        graph.getOutputBuilder(0).setName("sum");
        return model.build().toByteArray();
    }

    private static NodeProto.Builder node(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setName("of " + output)
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addOutput(output);
    }
}
