package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import lathe.engine.graph.Graph;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Few bits and many zeros, from command line to accuracy on real images. */
@Tag("slow")
class FewBitsTest {

    @TempDir
    Path folder;

    private JsonObject compress(String name, String options) throws IOException {
        List<Object> words = new ArrayList<>(List.of("compress", CommandRun.testFile(name + ".onnx", folder)));
        words.addAll(List.of(
                "-o", folder.resolve("small.onnx"), "--mean", "0.286", "--std", "0.353", "--json", "--no-timing"));
        words.addAll(Arrays.asList(options.split(" ")));
        return CommandRun.of(words.toArray()).ok().json();
    }

    private JsonObject evaluate(String name) throws IOException {
        return CommandRun.of(
                        "evaluate",
                        folder.resolve("small.onnx"),
                        "--reference",
                        CommandRun.testFile(name + ".onnx", folder),
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
    }

    /** Bounds some 1.5 dB and half a point below what was measured. */
    @ParameterizedTest
    @CsvSource({
        "fashion-resnet, --weights 4 --activations none --sparsity 0.5, 0.008, 18.5",
    })
    void keepsItsAccuracyOnRealImages(String name, String options, double mostLost, double leastDecibels)
            throws IOException {
        assertKeepsItsAccuracy(name, options, mostLost, leastDecibels);
    }

    @ParameterizedTest
    @CsvSource({
        "fashion-mobilenet, --weights 2 --activations 8, 0.09, 5.5",
        "fashion-resnet, --weights 4 --activations none, 0.005, 26",
        "fashion-resnet, --weights 2 --activations none, 0.045, 9.5",
        "fashion-resnet, --weights 4 --activations 8, 0.006, 22",
        "fashion-resnet, --weights nf4, 0.005, 27",
        "fashion-resnet, --weights lloyd4, 0.005, 27",
        "fashion-mobilenet, --weights lloyd3, 0.03, 13",
        "fashion-resnet, --weights kernel-codebook2, 0.012, 17.5",
        "fashion-resnet, --weights midrise2, 0.045, 9.5",
        "fashion-resnet, --weights nf4 --activations 8, 0.005, 26",
        "fashion-mobilenet, --weights fp8-e4m3, 0.002, 33",
        "fashion-resnet, --weights fp8-e5m2, 0.003, 31.5",
        "fashion-mobilenet, --weights 4 --activations none --asymmetric true, 0.006, 22",
        "fashion-mobilenet, --weights 4 --activations none --block 16, 0.006, 21",
        "fashion-resnet, --weights float --sparsity 0.5, 0.006, 20",
        "fashion-resnet, --weights float --sparsity 2:4, 0.012, 11.5",
    })
    void keepsItsAccuracyInEveryFormat(String name, String options, double mostLost, double leastDecibels)
            throws IOException {
        assertKeepsItsAccuracy(name, options, mostLost, leastDecibels);
    }

    private void assertKeepsItsAccuracy(String name, String options, double mostLost, double leastDecibels)
            throws IOException {
        compress(name, options);
        JsonObject answer = evaluate(name);
        double lost =
                answer.get("referenceTop1").getAsDouble() - answer.get("top1").getAsDouble();
        assertTrue(lost <= mostLost, answer::toString);
        assertTrue(answer.get("signalToNoiseDb").getAsDouble() >= leastDecibels, answer::toString);
    }

    /** Less than the outputs need, so that the exit code says so. */
    @Tag("slow")
    @Test
    void oneBitKeepsWhatItCan() throws IOException {
        CommandRun run = CommandRun.of(
                "compress",
                CommandRun.testFile("fashion-resnet.onnx", folder),
                "-o",
                folder.resolve("small.onnx"),
                "--mean",
                "0.286",
                "--std",
                "0.353",
                "--weights",
                1,
                "--fallback",
                "none",
                "--no-timing");
        assertEquals(1, run.code(), run::err);
        JsonObject answer = evaluate("fashion-resnet");
        assertTrue(answer.get("top1").getAsDouble() >= 0.82, answer::toString);
        assertTrue(answer.get("signalToNoiseDb").getAsDouble() >= 4.5, answer::toString);
    }

    private Graph written() throws IOException {
        return OnnxReader.read(folder.resolve("small.onnx"));
    }

    @Test
    void theShareOfZerosIsWhatWasAskedFor() throws IOException {
        compress("fashion-resnet", "--weights float --sparsity 0.6 --images 16 --weight-form dequantize");
        long zeros = 0;
        long all = 0;
        for (Layer layer : Layers.survey(written()).layers()) {
            for (float weight : layer.weights().floats()) {
                zeros += weight == 0 ? 1 : 0;
                all++;
            }
        }
        assertEquals(0.6, (double) zeros / all, 1e-4);
    }

    @Test
    void aUniformShareIsThatOfEveryLayer() throws IOException {
        compress(
                "fashion-resnet",
                "--weights float --sparsity 0.5 --sparsity-spread uniform --images 16 --weight-form dequantize");
        for (Layer layer : Layers.survey(written()).layers()) {
            long zeros = 0;
            for (float weight : layer.weights().floats()) {
                zeros += weight == 0 ? 1 : 0;
            }
            assertEquals(0.5, (double) zeros / layer.weights().elements(), 0.01, layer.name());
        }
    }

    @Test
    void nOfMHoldsInEveryGroup() throws IOException {
        compress("fashion-resnet", "--weights float --sparsity 2:4 --images 16 --weight-form dequantize");
        for (Layer layer : Layers.survey(written()).layers()) {
            for (WeightMatrix weights : layer.matrices()) {
                for (int row = 0; row < weights.rows(); row++) {
                    for (int from = 0; from + 4 <= weights.cols(); from += 4) {
                        int remaining = 0;
                        for (int col = from; col < from + 4; col++) {
                            remaining += weights.at(row, col) == 0 ? 0 : 1;
                        }
                        assertTrue(remaining <= 2, layer.name());
                    }
                }
            }
        }
    }

    @Test
    void fewerBitsTakeLessRoom() throws IOException {
        long eight = compress("fashion-resnet", "--activations none --images 8 -f")
                .get("bytesAfter")
                .getAsLong();
        long four = compress("fashion-resnet", "--weights 4 --activations none --images 8 -f")
                .get("bytesAfter")
                .getAsLong();
        long two = compress("fashion-resnet", "--weights 2 --activations none --images 8 -f")
                .get("bytesAfter")
                .getAsLong();
        assertTrue(four < 0.6 * eight, four + " of " + eight);
        assertTrue(two < 0.65 * four, two + " of " + four);
    }

    @Test
    void verifyFindsTheLayersErrorsAnew() throws IOException {
        JsonArray reported =
                compress("fashion-mobilenet", "--weights 4 --activations none").getAsJsonArray("layers");
        JsonArray found = CommandRun.of(
                        "verify",
                        CommandRun.testFile("fashion-mobilenet.onnx", folder),
                        folder.resolve("small.onnx"),
                        "--layers",
                        "--seed",
                        "0",
                        "--json")
                .ok()
                .json()
                .getAsJsonArray("layers");
        assertEquals(reported.size(), found.size());
        for (int i = 0; i < found.size(); i++) {
            assertEquals(of(reported, i, "name"), of(found, i, "name"));
            double error = of(reported, i, "error").getAsDouble();
            assertEquals(error, of(found, i, "error").getAsDouble(), 1e-3 * error);
        }
    }

    private static JsonElement of(JsonArray layers, int index, String field) {
        return layers.get(index).getAsJsonObject().get(field);
    }

    @Test
    void equalizationIsTriedWhereALayerHasOneScale() throws IOException {
        JsonObject answer = compress("fashion-mobilenet", "--weights 8 --granularity tensor --activations none");
        boolean tried = answer.getAsJsonArray("passes").asList().stream()
                .anyMatch(line -> line.getAsString().contains("mean layer error with round to nearest"));
        assertTrue(tried, answer::toString);
    }
}
