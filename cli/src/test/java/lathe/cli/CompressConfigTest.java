package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.tensor.ElementType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code lathe compress --config}, from the file to the bits in the model. */
class CompressConfigTest {

    /** What the example asks for; 32 for FP32. */
    private static final Map<String, Integer> BITS = Map.ofEntries(
            Map.entry("/stem/stem.0/Conv", 8),
            Map.entry("/blocks/blocks.0/conv1/Conv", 32),
            Map.entry("/blocks/blocks.0/conv2/Conv", 3),
            Map.entry("/blocks/blocks.1/conv1/Conv", 4),
            Map.entry("/blocks/blocks.1/conv2/Conv", 3),
            Map.entry("/blocks/blocks.2/conv1/Conv", 4),
            Map.entry("/blocks/blocks.2/conv2/Conv", 3),
            Map.entry("/blocks/blocks.2/shortcut/shortcut.0/Conv", 32),
            Map.entry("/blocks/blocks.3/conv1/Conv", 4),
            Map.entry("/blocks/blocks.3/conv2/Conv", 3),
            Map.entry("/blocks/blocks.4/conv1/Conv", 4),
            Map.entry("/blocks/blocks.4/conv2/Conv", 3),
            Map.entry("/blocks/blocks.4/shortcut/shortcut.0/Conv", 6),
            Map.entry("/blocks/blocks.5/conv1/Conv", 5),
            Map.entry("/blocks/blocks.5/conv2/Conv", 5),
            Map.entry("/classifier/Gemm", 2));

    @TempDir
    Path folder;

    @Test
    void theExampleGivesEachLayerItsBits() throws IOException {
        Path model = CommandRun.testFile("fashion-resnet.onnx", folder);
        Path output = folder.resolve("out.onnx");
        JsonObject answer = CommandRun.of(
                        "compress", model, "-o", output, "--config", example(), "--weight-form", "dequantize", "--json")
                .ok()
                .json();
        Map<String, Integer> reported = reportedBits(answer);
        assertEquals(BITS, reported);
        assertEquals("excluded by '/blocks/blocks.0/conv1/*'", reason(answer, "/blocks/blocks.0/conv1/Conv"));
        assertEquals("kept in float by '*shortcut*'", reason(answer, "/blocks/blocks.2/shortcut/shortcut.0/Conv"));

        Graph graph = OnnxReader.read(output);
        BITS.forEach((layer, bits) -> assertEquals(bits, storedBits(graph, layer), layer));
        assertEquals(
                3, dequantize(graph, "/blocks/blocks.5/conv1/Conv").inputs().size(), "zero points");
        assertEquals(
                0,
                graph.constant(dequantize(graph, "/classifier/Gemm"), 1)
                        .orElseThrow()
                        .rank(),
                "one scale");
        String recipe = graph.metadata().get("lathe.recipe");
        assertTrue(recipe.endsWith("""
                layers:
                  '*/conv2/*': {weights: 3}
                  '/blocks/blocks.5/*': {asymmetric: true, weights: 5}
                  '*shortcut*': {weights: float}
                  '/blocks/blocks.4/shortcut/*': {weights: 6}
                  '/classifier/*': {granularity: tensor, weights: 2}
                """), recipe);
        assertTrue(recipe.contains("mean: 0.286, std: 0.353"), recipe);
        assertTrue(recipe.contains("quantize: {weights: 4, "), recipe);
    }

    @Test
    void singleLayersMayHaveLevelsOfAnyKind() throws IOException {
        Path model = CommandRun.testFile("fashion-resnet.onnx", folder);
        Path small = folder.resolve("small.onnx");
        Path config = write("""
                images: 8
                layers:
                  '*/conv2/*': {weights: nf4}
                  '/blocks/blocks.1/conv2/*': {weights: fp8-e4m3, block: 16}
                  '/blocks/blocks.2/conv2/*': {asymmetric: true}
                  '*shortcut*': {weights: fp8-e5m2}
                  '/classifier/*': {weights: 4}
                """);
        JsonObject answer = CommandRun.of("compress", model, "-o", small, "--config", config, "--json")
                .ok()
                .json();
        for (JsonElement element : answer.getAsJsonArray("layers")) {
            JsonObject layer = element.getAsJsonObject();
            String name = layer.get("name").getAsString();
            String expected = name.startsWith("/blocks/blocks.1/conv2/")
                    ? "fp8-e4m3"
                    : name.contains("/conv2/")
                            ? "nf4"
                            : name.contains("shortcut") ? "fp8-e5m2" : name.contains("classifier") ? "int4" : "int8";
            assertEquals(expected, layer.get("format").getAsString(), name);
        }
        assertTrue(
                answer.getAsJsonArray("warnings")
                        .toString()
                        .contains("'/blocks/blocks.2/conv2/*' asks for zero points, which nf4 does not have"),
                answer::toString);
        CommandRun.of("verify", model, small, "--layers").ok();
    }

    @Test
    void singleLayersMayHaveTheirOwnZerosAndSolver() throws IOException {
        Path model = CommandRun.testFile("fashion-resnet.onnx", folder);
        Path config = write("""
                weights: 4
                images: 8
                solver: gptq
                sparsity: 0.5
                layers:
                  '*/conv2/*': {sparsity: 0.75, solver: nearest}
                  '/blocks/blocks.1/conv2/*': {sparsity: '2:4'}
                  '/classifier/*': {sparsity: none}
                """);
        JsonObject answer = CommandRun.of("compress", model, "--config", config, "--json")
                .ok()
                .json();
        int others = 0;
        double zeros = 0;
        for (JsonElement element : answer.getAsJsonArray("layers")) {
            JsonObject layer = element.getAsJsonObject();
            String name = layer.get("name").getAsString();
            double sparsity = layer.get("sparsity").getAsDouble();
            boolean second = name.contains("/conv2/");
            assertEquals(second ? "nearest" : "gptq", layer.get("solver").getAsString(), name);
            if (name.startsWith("/blocks/blocks.1/conv2/")) {
                assertTrue(sparsity >= 0.5 && sparsity < 0.7, name + " " + sparsity);
            } else if (second) {
                assertTrue(sparsity >= 0.75 && sparsity < 0.9, name + " " + sparsity);
            } else if (name.startsWith("/classifier/")) {
                assertTrue(sparsity < 0.1, name + " " + sparsity);
            } else {
                long weights = weights(layer);
                others += (int) weights;
                zeros += sparsity * weights;
            }
        }
        assertTrue(zeros >= 0.5 * others, zeros + " of " + others); // rounding makes more zeros, never fewer
        assertTrue(zeros < 0.7 * others, zeros + " of " + others);
    }

    private static long weights(JsonObject layer) {
        long weights = 1;
        for (JsonElement dim : layer.getAsJsonArray("shape")) {
            weights *= dim.getAsLong();
        }
        return weights;
    }

    @Test
    void zerosOfOneLayerAloneMayBeAllThatIsAskedFor() throws IOException {
        Path model = CommandRun.testFile("fashion-resnet.onnx", folder);
        Path config = write("""
                weights: float
                images: 4
                layers: {'/blocks/blocks.5/conv1/*': {sparsity: 0.5}}
                """);
        JsonObject answer = CommandRun.of("compress", model, "--config", config, "--json")
                .ok()
                .json();
        for (JsonElement element : answer.getAsJsonArray("layers")) {
            JsonObject layer = element.getAsJsonObject();
            boolean pruned = layer.get("name").getAsString().startsWith("/blocks/blocks.5/conv1/");
            assertEquals(pruned ? 0.5 : 0, layer.get("sparsity").getAsDouble(), 0.01);
            assertEquals(pruned ? "least squares" : "none", layer.get("solver").getAsString());
        }
    }

    @Test
    void theCommandLineWinsOverTheFileAndTheFileOverTheDefaults() throws IOException {
        Path model = CommandRun.testFile("odd/conv1d.onnx", folder);
        Path config = write("weights: 3\nimages: 5\nseed: 9\nexclude: nothing\nsolver: nearest\n");
        Map<String, String> options =
                options("compress", model, "--config", config, "--weights", 6, "--exclude", "none");
        assertEquals("6", options.get("weights"));
        assertEquals("none", options.get("exclude"));
        assertEquals("5", options.get("images"));
        assertEquals("9", options.get("seed"));
        assertEquals("nearest", options.get("solver"));
        assertEquals("auto", options.get("ends"));
        assertEquals("{}", options.get("layers"));
    }

    @Test
    void theCommandLineWinsWhereItContradictsTheFileUnderAnotherName() throws IOException {
        Path model = CommandRun.testFile("fashion-mobilenet.onnx", folder);
        Path range = write("granularity: tensor\ninput-range: [0, 1]\nimages: 1\nsynth: noise\nsolver: nearest\n");
        Map<String, String> options =
                options("compress", model, "--config", range, "--block", 16, "--mean", 0.286, "--std", 0.353);
        assertEquals("16", options.get("block"));
        assertEquals("channel", options.get("granularity"));
        assertEquals("0.286", options.get("mean"));
        assertFalse(options.containsKey("input-range"));

        Path mean = write("block: 16\nmean: 0.286\nstd: 0.353\nimages: 1\nsynth: noise\nsolver: nearest\n");
        options = options(
                "compress", model, "--force", "--config", mean, "--granularity", "tensor", "--input-range", "0,1");
        assertEquals("none", options.get("block"));
        assertEquals("tensor", options.get("granularity"));
        assertEquals("0,1", options.get("input-range"));
        assertFalse(options.containsKey("mean"));
    }

    @Test
    void flagsAndTheOutputMayStandInTheFile() throws IOException {
        Path model = CommandRun.testFile("odd/conv1d.onnx", folder);
        Path output = Files.writeString(folder.resolve("out.onnx"), "old");
        Path keep = write("output: '%s'\nforce: false\n".formatted(output));
        assertEquals(2, CommandRun.of("compress", model, "--config", keep).code());
        assertEquals("old", Files.readString(output));
        Path replace = write("output: '%s'\nforce: true\nasymmetric: true\n".formatted(output));
        assertEquals("true", options("compress", model, "--config", replace).get("asymmetric"));
        assertTrue(Files.size(output) > 100);
    }

    @Test
    void anEmptyFileChangesNothing() throws IOException {
        Path model = CommandRun.testFile("odd/conv1d.onnx", folder);
        Path with = folder.resolve("with.onnx");
        Path without = folder.resolve("without.onnx");
        CommandRun.of("compress", model, "-o", with, "--config", write("# weights: 4\n"))
                .ok();
        CommandRun.of("compress", model, "-o", without).ok();
        assertArrayEquals(Files.readAllBytes(without), Files.readAllBytes(with));
        CommandRun.of("compress", model, "-o", with, "--force", "--config", write("layers: {'*': {weights: 2}}\n"))
                .ok();
        assertNotEquals(Files.size(without), Files.size(with));
    }

    @Test
    void warnsOfAGlobThatMatchesNoLayer() throws IOException {
        Path model = CommandRun.testFile("odd/conv-valid.onnx", folder);
        CommandRun run = CommandRun.of(
                        "compress",
                        model,
                        "--config",
                        write("input-range: [0, 1]\nlayers: {'/head/*': {weights: 4}}\n"))
                .ok();
        assertEquals("lathe: no layer's name matches '/head/*', which has per-layer options\n", run.err());
    }

    /** The table shows zeros, and the guard knows that more bits would not bring them back. */
    @Test
    void zerosThatOnlyALayersOwnOptionsAskForAreShown() throws IOException {
        Path model = CommandRun.testFile("odd/conv1d.onnx", folder);
        Path config = write("layers: {'conv*': {sparsity: 0.5}}\n");
        String text = CommandRun.of("compress", model, "--config", config).ok().out();
        assertTrue(text.contains("zeros %"), text);
        Path guarded = folder.resolve("guarded.onnx");
        CommandRun run = CommandRun.of(
                "compress", model, "-o", guarded, "--config", config, "--weights", 2, "--min-snr", 35, "--json");
        JsonObject answer = run.ok().json();
        for (JsonElement fallback : answer.getAsJsonObject("guard").getAsJsonArray("fallbacks")) {
            JsonObject step = fallback.getAsJsonObject();
            if (step.get("layer").getAsString().startsWith("conv")) {
                assertEquals(32, step.get("toBits").getAsInt(), answer::toString);
            }
        }
    }

    /** The YAML reader costs start-up time, which only those should pay who have a file. */
    @Test
    void theYamlReaderIsLoadedOnlyForAConfigurationFile() throws IOException, InterruptedException {
        Path absent = folder.resolve("absent.onnx");
        assertFalse(loads("org.snakeyaml", "compress", "--help"));
        assertFalse(loads("org.snakeyaml", "compress", absent.toString()));
        assertTrue(loads(
                "org.snakeyaml",
                "compress",
                absent.toString(),
                "--config",
                write("weights: 4\n").toString()));
    }

    private static boolean loads(String prefix, String... words) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-verbose:class",
                "-cp",
                System.getProperty("java.class.path"),
                "lathe.cli.Main"));
        line.addAll(List.of(words));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        assertTrue(said.contains("lathe.cli.commands.CompressCommand "), said);
        return said.contains(" " + prefix + ".");
    }

    private Path example() throws IOException {
        try (InputStream in = CompressConfigTest.class.getResourceAsStream("fashion-resnet.yaml")) {
            return Files.write(folder.resolve("fashion-resnet.yaml"), in.readAllBytes());
        }
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("net.yaml"), text);
    }

    private static Map<String, String> options(Object... words) {
        List<Object> line = new ArrayList<>(List.of(words));
        line.add("--json");
        JsonObject options = CommandRun.of(line.toArray())
                .ok()
                .json()
                .getAsJsonObject("provenance")
                .getAsJsonObject("options");
        Map<String, String> texts = new LinkedHashMap<>();
        options.entrySet()
                .forEach(entry -> texts.put(entry.getKey(), entry.getValue().getAsString()));
        return texts;
    }

    private static Map<String, Integer> reportedBits(JsonObject answer) {
        Map<String, Integer> bits = new LinkedHashMap<>();
        for (JsonElement layer : answer.getAsJsonArray("layers")) {
            JsonObject line = layer.getAsJsonObject();
            bits.put(line.get("name").getAsString(), line.get("bits").getAsInt());
        }
        answer.getAsJsonArray("left")
                .forEach(left -> bits.put(left.getAsJsonObject().get("name").getAsString(), 32));
        return bits;
    }

    private static String reason(JsonObject answer, String layer) {
        return answer.getAsJsonArray("left").asList().stream()
                .map(JsonElement::getAsJsonObject)
                .filter(left -> left.get("name").getAsString().equals(layer))
                .map(left -> left.get("reason").getAsString())
                .findFirst()
                .orElseThrow();
    }

    /** The fewest bits that hold all codes of a layer's weights; 32 where they are FLOAT. */
    private static int storedBits(Graph graph, String layer) {
        if (graph.constant(node(graph, layer), 1)
                .filter(weights -> weights.type() == ElementType.FLOAT)
                .isPresent()) {
            return 32;
        }
        int bits = 2;
        for (int code : codes(graph.constant(dequantize(graph, layer), 0).orElseThrow())) {
            while (code < -(1 << (bits - 1)) || code >= 1 << (bits - 1)) {
                bits++;
            }
        }
        return bits;
    }

    private static Node node(Graph graph, String layer) {
        return graph.nodes().stream()
                .filter(node -> node.name().equals(layer))
                .findFirst()
                .orElseThrow();
    }

    private static Node dequantize(Graph graph, String layer) {
        Node node = graph.producer(node(graph, layer).inputs().get(1)).orElseThrow();
        while (!node.is("DequantizeLinear")) {
            node = graph.producer(node.inputs().get(0)).orElseThrow();
        }
        return node;
    }

    /** Signed integers of 8, 4 or 2 bits, the first in the lowest bits of a byte. */
    private static int[] codes(Initializer tensor) {
        int bits = tensor.type().bits();
        ByteBuffer bytes = tensor.bytes().buffer().slice();
        int[] codes = new int[(int) tensor.elements()];
        for (int i = 0; i < codes.length; i++) {
            int packed = bytes.get(i * bits / Byte.SIZE);
            int shift = i * bits % Byte.SIZE;
            codes[i] = packed << (Integer.SIZE - bits - shift) >> (Integer.SIZE - bits);
        }
        return codes;
    }
}
