package lathe.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import lathe.testdata.TestData;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A language model, compressed with the tokens that it draws itself, and its perplexity on text that it never saw. */
class DecoderCommandTest {

    private static final int LENGTH = 128;
    private static final int VOCABULARY = 512;

    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void model() throws IOException {
        model = CommandRun.testFile("decoder/toy-decoder.onnx", folder);
    }

    @Tag("slow")
    @Test
    void itsOwnTokensAreWorthRealText() throws IOException {
        assertEquals(20.757, perplexity(model), 0.01); // PyTorch's, see testdata
        assertTrue(own() < 1.01 * given(numbers("decoder/train.txt")));
    }

    private double own() {
        Path small = folder.resolve("own.onnx");
        CommandRun run = CommandRun.of("compress", model, "-o", small, "--force", "--weights", 4)
                .ok();
        assertTrue(run.out().contains("tokens that the network draws itself"), run.out());
        return perplexity(small);
    }

    private double given(float[] ids) throws IOException {
        int rows = ids.length / LENGTH;
        Map<String, byte[]> arrays = Map.of(
                "input_ids", RealInputsCommandTest.npy("<i8", ids, rows, LENGTH),
                "attention_mask", RealInputsCommandTest.npy("<i8", mask(rows), rows, LENGTH),
                "position_ids", RealInputsCommandTest.npy("<i8", positions(rows), rows, LENGTH));
        Path inputs = RealInputsCommandTest.npz(folder.resolve("inputs.npz"), arrays);
        Path small = folder.resolve("given.onnx");
        CommandRun.of("compress", model, "-o", small, "--force", "--weights", 4, "--inputs", inputs)
                .ok();
        return perplexity(small);
    }

    private static float[] numbers(String file) {
        List<String> words = Stream.of(
                        new String(TestData.bytes(file), UTF_8).trim().split("\\s+", -1))
                .toList();
        float[] numbers = new float[words.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = Float.parseFloat(words.get(i));
        }
        return numbers;
    }

    private static float[] mask(int rows) {
        float[] ones = new float[rows * LENGTH];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static float[] positions(int rows) {
        float[] positions = new float[rows * LENGTH];
        for (int i = 0; i < positions.length; i++) {
            positions[i] = i % LENGTH;
        }
        return positions;
    }

    /** Of every id of each window but the first, given those before it. */
    private static double perplexity(Path file) {
        float[] ids = numbers("decoder/heldout.txt");
        int rows = ids.length / LENGTH;
        float[] logits;
        try (Network network = Network.of(file, NetworkOptions.DEFAULT)) {
            Map<String, Tensor> feeds = Map.of(
                    "input_ids", Tensor.of(ids, rows, LENGTH),
                    "attention_mask", Tensor.of(mask(rows), rows, LENGTH),
                    "position_ids", Tensor.of(positions(rows), rows, LENGTH));
            logits = network.run(feeds).get("logits").floats();
        }
        double surprise = 0;
        for (int at = 1; at < ids.length; at++) {
            if (at % LENGTH != 0) {
                double total = 0;
                for (int id = 0; id < VOCABULARY; id++) {
                    total += Math.exp(logits[(at - 1) * VOCABULARY + id]);
                }
                surprise += Math.log(total) - logits[(at - 1) * VOCABULARY + (int) ids[at]];
            }
        }
        return Math.exp(surprise / (rows * (LENGTH - 1)));
    }
}
