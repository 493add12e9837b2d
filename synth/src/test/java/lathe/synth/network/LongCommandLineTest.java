package lathe.synth.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;

/** ONNX Runtime reads the command line of its process; a long class path used to end the process. */
class LongCommandLineTest {

    /** Runs in a process of its own. */
    public static final class Program {
        private Program() {}

        public static void main(String[] arguments) {
            Network.of(TestData.bytes("odd/conv-valid.onnx"), NetworkOptions.DEFAULT)
                    .close();
        }
    }

    @Test
    void longCommandLineDoesNotEndTheProcess() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName(),
                        "x".repeat(100_000))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertEquals(true, process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue());
    }
}
