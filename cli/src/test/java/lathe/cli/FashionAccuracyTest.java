package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The promise on real networks and real images: compressed without data, at most 0.3 points of accuracy are lost. */
class FashionAccuracyTest {

    private static final double MOST_LOST = 0.003;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"fashion-resnet", "fashion-mobilenet-folded"})
    void keepsItsAccuracyOnRealImages(String name) throws IOException {
        assertKeepsItsAccuracy(name);
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(strings = {"fashion-resnet-folded", "fashion-mobilenet"})
    void soDoTheOthers(String name) throws IOException {
        assertKeepsItsAccuracy(name);
    }

    private void assertKeepsItsAccuracy(String name) throws IOException {
        Path model = CommandRun.testFile(name + ".onnx", folder);
        CommandRun.of("compress", model).ok();
        Path small = folder.resolve(name + ".int8.onnx");
        assertTrue(Files.size(small) <= 0.40 * Files.size(model), () -> name + " is too large");

        JsonObject answer = CommandRun.of(
                        "evaluate",
                        small,
                        "--reference",
                        model,
                        "--images",
                        CommandRun.testFile("fashion-test-2000.png", folder),
                        "--labels",
                        CommandRun.testFile("fashion-test-2000.labels.txt", folder),
                        "--mean",
                        "0.286",
                        "--std",
                        "0.353",
                        "--json")
                .ok()
                .json();
        assertEquals(2000, answer.get("images").getAsInt());
        double before = answer.get("referenceTop1").getAsDouble();
        double after = answer.get("top1").getAsDouble();
        assertTrue(before > 0.92, answer::toString);
        assertTrue(after >= before - MOST_LOST, answer::toString);
        assertTrue(answer.get("agreement").getAsDouble() > 0.97, answer::toString);
    }

    @Test
    void theDemoKeepsItToo() {
        JsonObject answer = CommandRun.of("demo", "--json").ok().json();
        assertEquals(2000, answer.get("images").getAsInt());
        assertTrue(
                answer.get("top1Int8").getAsDouble() >= answer.get("top1Fp32").getAsDouble() - MOST_LOST,
                answer::toString);
    }

    @Test
    void theDemoShowsAndKeepsItsResult() throws IOException {
        Path output = folder.resolve("small.onnx");
        String text = CommandRun.of("demo", "--output", output).ok().out();
        assertTrue(Files.size(output) > 1000);
        assertTrue(text.contains("accuracy"), text);
        assertTrue(text.lines().allMatch(line -> line.length() <= 120), text);
    }
}
