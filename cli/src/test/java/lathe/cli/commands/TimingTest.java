package lathe.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import lathe.cli.CommandRun;
import lathe.cli.report.RunTimes;
import lathe.engine.qdq.WeightForm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What compress says of speed: that it is said, not how fast anything is. */
class TimingTest {

    @TempDir
    Path folder;

    private CommandRun compress(Object... more) throws IOException {
        Path model = CommandRun.testFile("fashion-mobilenet.onnx", folder);
        Object[] words = new Object[6 + more.length];
        System.arraycopy(new Object[] {"compress", model, "--images", 2, "--solver", "nearest"}, 0, words, 0, 6);
        System.arraycopy(more, 0, words, 6, more.length);
        return CommandRun.timed(words).ok();
    }

    @Test
    void saysTheTimesOfBoth() throws IOException {
        assertTrue(compress("-o", folder.resolve("a.onnx")).out().contains("time of a run: "));
        JsonObject time =
                compress("-o", folder.resolve("b.onnx"), "--json").json().getAsJsonObject("time");
        assertTrue(time.get("originalMillis").getAsDouble() > 0, time::toString);
        assertTrue(time.get("compressedMillis").getAsDouble() > 0, time::toString);
        assertEquals(1, time.get("batch").getAsInt());
    }

    @Test
    void canBeSkippedAndChangesNoByte() throws IOException {
        Path timed = folder.resolve("a.onnx");
        Path untimed = folder.resolve("b.onnx");
        compress("-o", timed);
        CommandRun run = compress("-o", untimed, "--no-timing");
        assertFalse(run.out().contains("time"), run.out());
        assertEquals(-1, Files.mismatch(timed, untimed));
        JsonObject answer = compress("-o", folder.resolve("c.onnx"), "--no-timing", "--json")
                .json();
        assertTrue(answer.get("time").isJsonNull());
    }

    @Test
    void modelsThatAreCompressedAtOnceAreNotTimed() throws IOException {
        Path other = CommandRun.testFile("fashion-mobilenet-folded.onnx", folder);
        Path output = Files.createDirectory(folder.resolve("small"));
        CommandRun run = compress(other, "-o", output, "--jobs", 2);
        assertTrue(run.out().contains("not timed: other models"), run.out());
    }

    @Test
    void saysWhatWouldBeFaster() {
        RunTimes slower = new RunTimes(9, 1, 1.0, 1.5);
        RunTimes alike = new RunTimes(9, 1, 1.0, 1.02);
        assertTrue(Timing.advice(slower, true, WeightForm.CAST).contains("--activations none"));
        assertTrue(Timing.advice(slower, false, WeightForm.DEQUANTIZE).contains("--weight-form cast"));
        assertEquals("", Timing.advice(slower, false, WeightForm.CAST));
        assertEquals("", Timing.advice(alike, true, WeightForm.CAST));
    }
}
