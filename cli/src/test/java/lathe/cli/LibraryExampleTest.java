package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import lathe.engine.archive.Archive;
import lathe.engine.graph.Graph;
import lathe.engine.grid.WeightFormat;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.pipeline.CompressionOptions;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.pipeline.CompressionResult;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.qdq.OrtTarget;
import lathe.engine.report.LayerReport;
import lathe.engine.report.RunProvenance;
import lathe.engine.task.LayerExecutor;
import lathe.precondition.GraphPasses;
import lathe.synth.input.InputOptions;
import lathe.synth.statistics.StatisticsSources;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples of {@code docs/library.md}. */
class LibraryExampleTest {

    private static final Path PAGE = Path.of("../docs/library.md");
    private static final Path SOURCE = Path.of("src/test/java/lathe/cli/LibraryExampleTest.java");

    @TempDir
    Path folder;

    @Test
    void compresses() throws IOException {
        Path model = CommandRun.testFile("fashion-resnet.onnx", folder);
        Path small = folder.resolve("small.onnx");
        compress(model, small);
        assertTrue(
                Files.size(small) < 0.2 * Files.size(model),
                () -> small.toFile().length() + " bytes");
    }

    private static void compress(Path model, Path small) throws IOException {
        Graph graph = OnnxReader.read(model);
        InputOptions inputs = InputOptions.DEFAULT.withImages(16).withInputRange(-1, 1);
        CompressionOptions options = CompressionOptions.DEFAULT
                .withWeights(WeightFormat.perChannel(4))
                .withActivationBits(OptionalInt.empty())
                .withThreads(2);
        CompressionPipeline pipeline = new CompressionPipeline(
                List.of(GraphPasses.opsetRaise(options.bestOpset(OrtTarget.DEFAULT)), GraphPasses.batchNormFold()),
                List.of(), // rewrites that are taken only if they help
                StatisticsSources.synthetic(inputs, options.threads()),
                OrtTarget.DEFAULT,
                LayerExecutor.HERE,
                options,
                ProgressListener.NONE);
        CompressionResult result = pipeline.run(graph, new RunProvenance("my tool 1.0", "", Map.of(), ""));
        OnnxWriter.write(result.graph(), small);
        for (LayerReport layer : result.report().layers()) {
            System.out.printf("%s: %.1f dB%n", layer.layer(), layer.signalToNoise());
        }
    }

    @Test
    void runsAnArchive() throws IOException, OrtException {
        CommandRun.testFile("odd/external/external-data.data", folder);
        for (String name : List.of("fashion-resnet.onnx", "odd/external/external-data.onnx")) {
            try (InputStream archive =
                            Archive.of(CommandRun.testFile(name, folder)).content();
                    OrtSession session = session(archive)) {
                assertEquals(1, session.getNumInputs());
            }
        }
    }

    private static OrtSession session(InputStream archive) throws IOException, OrtException {
        Path folder = Files.createTempDirectory("model");
        Path model = folder.resolve("model.onnx");
        List<Path> files = Archive.unpack(archive, model, file -> {});
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        OrtSession session = environment.createSession(model.toString(), new OrtSession.SessionOptions());
        for (Path file : files) {
            Files.delete(file);
        }
        Files.delete(folder);
        return session;
    }

    @Test
    void isWhatThePageShows() throws IOException {
        String source = Files.readString(SOURCE);
        String[] shown = Files.readString(PAGE).split("```java\n", -1);
        assertEquals(3, shown.length, "two examples");
        for (String example : List.of(shown).subList(1, shown.length)) {
            String indented = example.split("```", 2)[0]
                    .lines()
                    .map(line -> "        " + line)
                    .collect(Collectors.joining("\n"));
            assertTrue(source.contains(indented), "docs/library.md and this test differ");
        }
    }
}
