package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import lathe.cli.shell.Figures;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class InspectCommandTest {

    @TempDir
    Path folder;

    /** Every hand-made graph that lies in one file and has an operator set that Lathe reads. */
    static Stream<String> oddGraphs() {
        return new String(TestData.bytes("odd/index.txt"), StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.substring(0, line.indexOf('\t')))
                .filter(name -> !name.startsWith("external/") && !name.equals("weights-also-inputs.onnx"));
    }

    @ParameterizedTest
    @MethodSource("oddGraphs")
    void survivesOddGraphs(String name) throws IOException {
        Path model = CommandRun.testFile("odd/" + name, folder);
        JsonObject answer = CommandRun.of("inspect", model, "--json").ok().json();
        assertTrue(answer.get("parameters").getAsLong() >= 0);
        String text = CommandRun.of("inspect", model).ok().out();
        assertTrue(text.startsWith(model.toString()), text);
    }

    @Test
    void tellsLayersSizesAndKeptBatchNormalization() throws IOException {
        Path model = CommandRun.testFile("fashion-resnet.onnx", folder);
        JsonObject answer = CommandRun.of("inspect", model, "--json").ok().json();
        assertEquals(16, answer.getAsJsonArray("layers").size());
        assertEquals(15, answer.get("batchNormalizations").getAsInt());
        assertEquals(0, answer.get("batchNormalizationsLeft").getAsInt());
        JsonObject stem = answer.getAsJsonArray("layers").get(0).getAsJsonObject();
        assertEquals("[16,1,3,3]", stem.get("shape").toString());
        assertEquals(16 * 9 + 16, stem.get("parameters").getAsInt());
        assertTrue(stem.get("statistics").getAsBoolean());
        String text = CommandRun.of("inspect", model).ok().out();
        assertTrue(text.contains("16 layers would get 8-bit weights"), text);
        assertFalse(text.contains("torch.onnx.export"), text);
    }

    @Test
    void hintsAtReexportWhenBatchNormalizationIsGone() throws IOException {
        Path model = CommandRun.testFile("fashion-resnet-folded.onnx", folder);
        String text = CommandRun.of("inspect", model).ok().out();
        assertTrue(text.contains("none in the file"), text);
        assertTrue(text.contains("torch.onnx.export"), text);
    }

    @Test
    void saysWhatStaysAndWhy() throws IOException {
        Path model = CommandRun.testFile("odd/weights-from-input.onnx", folder);
        String text = CommandRun.of("inspect", model).ok().out();
        assertTrue(text.contains("Left unchanged"), text);
        assertTrue(text.contains("its weights are not constant"), text);
    }

    @Test
    void countsWeightsInConstantNodes() throws IOException {
        Path model = CommandRun.ocrModel("ch_ppocr_mobile_v2.0_cls_infer.onnx", folder);
        JsonObject answer = CommandRun.of("inspect", model, "--json").ok().json();
        assertEquals(35, answer.get("batchNormalizations").getAsInt());
        assertTrue(answer.get("parameterBytes").getAsLong() > 400_000, answer::toString);
    }

    @Test
    void loadsNeitherTheRuntimeNorTheMatrixLibrary() throws IOException, InterruptedException {
        Path model = CommandRun.testFile("fashion-resnet.onnx", folder);
        for (String[] words : new String[][] {
            {"--help"},
            {"--version"},
            {"completion", "bash"},
            {"inspect", model.toString()},
            {"compress", model.toString(), "--dry-run"}
        }) {
            String loaded = classesLoadedBy(words);
            assertTrue(loaded.contains("lathe.cli.Main"), loaded);
            assertFalse(loaded.contains("ai.onnxruntime"), loaded);
            assertFalse(loaded.contains("org.bytedeco"), loaded);
        }
    }

    private static String classesLoadedBy(String... words) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:class+load",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName());
        builder.command().addAll(java.util.List.of(words));
        Process process = builder.redirectErrorStream(true).start();
        try (InputStream in = process.getInputStream()) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), text);
            return text;
        }
    }

    @Test
    void saysWhatStandsInTheWayOfCompression() throws IOException {
        byte[] model = TestData.bytes("odd/conv1d.onnx");
        ModelProto.Builder old = ModelProto.parseFrom(model).toBuilder();
        old.getOpsetImportBuilder(0).setVersion(8);
        Path file = Files.write(folder.resolve("old.onnx"), old.build().toByteArray());
        String obstacle = "opset 8 cannot become 13: only 9 and later can be raised";
        String text = CommandRun.of("inspect", file).ok().out();
        assertTrue(text.contains("Nothing would be compressed: " + obstacle), text);
        CommandRun run = CommandRun.of("compress", file);
        assertEquals(3, run.code());
        assertTrue(run.err().contains(obstacle), run::err);
    }

    /** A weight that eight layers share is stored once, before and after. */
    @Test
    void countsASharedWeightOnce() throws IOException {
        Path model = CommandRun.testFile("odd/weights-shared.onnx", folder);
        JsonObject answer = CommandRun.of("inspect", model, "--json").ok().json();
        long saved = 0;
        for (JsonElement layer : answer.getAsJsonArray("layers")) {
            JsonObject plan = layer.getAsJsonObject();
            saved += plan.get("sharesWeights").getAsBoolean()
                    ? 0
                    : plan.get("bytes").getAsLong() - plan.get("int8Bytes").getAsLong();
        }
        String predicted = Figures.bytes(answer.get("bytes").getAsLong() - saved);
        String text = CommandRun.of("inspect", model).ok().out();
        assertEquals(4, answer.getAsJsonArray("layers").size());
        assertTrue(text.contains("-> about " + predicted), text);
    }

    @Test
    void listsWhatStaysWithItsBytesAndItsShareOfTheFile() throws IOException {
        Path model = CommandRun.testFile("odd/recurrent-batch-first.onnx", folder);
        JsonObject answer = CommandRun.of("inspect", model, "--json").ok().json();
        JsonObject lstm = answer.getAsJsonArray("left").get(0).getAsJsonObject();
        assertEquals("LSTM", lstm.get("opType").getAsString());
        assertEquals(32 * 8 * 4, lstm.get("bytes").getAsLong());
        assertEquals(32.0 * 8 * 4 / Files.size(model), lstm.get("share").getAsDouble(), 1e-12);
        String text = CommandRun.of("inspect", model).ok().out();
        assertTrue(text.contains("1.02 kB"), text);
        assertTrue(text.contains("layout = 1"), text);
    }

    @Test
    void saysThatANetworkIsQuantizedAlready() throws IOException {
        Path model = CommandRun.testFile("fashion-resnet.onnx", folder);
        Path small = folder.resolve("small.onnx");
        CommandRun.of("compress", model, "-o", small, "--images", "2").ok();
        String text = CommandRun.of("inspect", small).ok().out();
        assertTrue(text.contains("The network is already quantized"), text);
        CommandRun again = CommandRun.of("compress", small, "-o", folder.resolve("smaller.onnx"));
        assertEquals(3, again.code());
        assertTrue(again.err().contains("the network is already quantized"), again::err);
    }

    /** Its output is NaN whatever it is fed, so there is nothing to compress it by. */
    @Test
    void saysWhereAVarianceIsNegative() throws IOException {
        ModelProto.Builder broken = ModelProto.parseFrom(TestData.bytes("odd/bn-conv-bias.onnx")).toBuilder();
        String variance = broken.getGraph().getNodeList().stream()
                .filter(node -> node.getOpType().equals("BatchNormalization"))
                .findFirst()
                .orElseThrow()
                .getInput(4);
        broken.getGraphBuilder().getInitializerBuilderList().stream()
                .filter(tensor -> tensor.getName().equals(variance))
                .forEach(tensor ->
                        tensor.setRawData(ByteString.copyFrom(new byte[] {0, 0, (byte) 0x80, (byte) 0xbf}) // -1.0f
                                .concat(tensor.getRawData().substring(4))));
        Path file = Files.write(folder.resolve("broken.onnx"), broken.build().toByteArray());
        String reason = "its variance '%s' is -1.0 in channel 0".formatted(variance);
        String text = CommandRun.of("inspect", file).ok().out();
        assertTrue(text.contains(reason), text);
        CommandRun run = CommandRun.of("compress", file);
        assertEquals(3, run.code());
        assertTrue(run.err().contains(reason), run::err);
    }
}
