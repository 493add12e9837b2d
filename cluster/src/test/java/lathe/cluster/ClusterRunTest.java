package lathe.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import lathe.cli.Main;
import lathe.testdata.TestData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command with Spark behind it. */
class ClusterRunTest {

    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void writeModel() throws IOException {
        model = Files.write(folder.resolve("model.onnx"), TestData.bytes("fashion-mobilenet.onnx"));
    }

    @AfterEach
    void leave() {
        SparkProperties.clear();
    }

    /** @param said of the command, on both streams */
    private record Run(int code, String said, Path small) {}

    private Run compress(String name, String... options) {
        Path small = folder.resolve(name);
        List<String> words = new ArrayList<>(List.of("compress", model.toString(), "-o", small.toString()));
        words.addAll(List.of("--images", "4", "--no-timing"));
        words.addAll(List.of(options));
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
        int code = Main.run(stream, stream, false, words.toArray(String[]::new));
        return new Run(code, said.toString(StandardCharsets.UTF_8), small);
    }

    /** Bits are tried, layers solved, and output errors weighed: all kinds of tasks. */
    @Test
    void givesTheSameBytesAsThreads() throws IOException {
        String[] options = {"--target-size", "25%"};
        Run threads = compress("threads.onnx", options);
        assertEquals(0, threads.code(), threads.said());
        SparkProperties.name("local[2]");
        Run spark = compress("spark.onnx", options);
        assertEquals(0, spark.code(), spark.said());
        assertArrayEquals(Files.readAllBytes(threads.small()), Files.readAllBytes(spark.small()));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aLostWorkerChangesNoByte() throws IOException {
        String[] options = {"--weights", "4"};
        Run threads = compress("threads.onnx", options);
        assertEquals(0, threads.code(), threads.said());
        SparkProperties.nameTwoWorkers();
        WorkerKiller killer = new WorkerKiller();
        Cluster.connection().sc().addSparkListener(killer);
        Run spark = compress("spark.onnx", options);
        assertEquals(0, spark.code(), spark.said());
        assertEquals(1, killer.tasksLost());
        assertArrayEquals(Files.readAllBytes(threads.small()), Files.readAllBytes(spark.small()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            spark://localhost:1 | no answer (Connection refused); start a master there, see docs/cluster.md
            spark://localhost   | give it as spark://HOST:PORT
            quark://localhost:1 | Could not parse Master URL: 'quark://localhost:1'
            """)
    void aClusterThatIsNoneIsOneLine(String master, String why) {
        SparkProperties.name(master);
        Run run = compress("none.onnx");
        assertEquals("lathe: spark.master=%s: %s\n".formatted(master, why), run.said());
        assertEquals(3, run.code());
        assertFalse(Files.exists(run.small()));
    }
}
