package lathe.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Time to write a network of MobileNetV2's shape, 14 MB of weights. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class OnnxWriterBenchmark {

    /** Where the graph comes from: every part of it made in memory, or kept as it was read from a file. */
    @Param({"made", "read"})
    public String origin;

    private Graph graph;
    private Path folder;
    private Path file;

    /** Makes the network. */
    @Setup
    public void make() throws IOException {
        Graph made = MobileShaped.graph();
        graph = origin.equals("made") ? made : OnnxReader.read(OnnxWriter.toBytes(made));
        folder = Files.createTempDirectory("lathe-bench");
        file = folder.resolve("model.onnx");
    }

    /** Lets go of the file. */
    @TearDown
    public void delete() throws IOException {
        Files.deleteIfExists(file);
        Files.delete(folder);
    }

    /** In memory. */
    @Benchmark
    public byte[] toBytes() {
        return OnnxWriter.toBytes(graph);
    }

    /** To disk: written beside the old file, synced, and put in its place. */
    @Benchmark
    public Path toFile() throws IOException {
        OnnxWriter.write(graph, file);
        return file;
    }
}
