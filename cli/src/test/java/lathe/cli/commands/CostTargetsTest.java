package lathe.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import lathe.cli.CommandRun;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run costs: counted by hand, in a file as it was predicted, and within what was asked for. */
class CostTargetsTest {

    /** 28 x 28 pixels: the stem, five layers of 16 channels ... worked out layer by layer from the published architecture. */
    private static final long[] MACS = {
        16L * 9 * 784,
        16L * 16 * 9 * 784,
        16L * 16 * 9 * 784,
        16L * 16 * 9 * 784,
        16L * 16 * 9 * 784,
        32L * 16 * 9 * 196,
        32L * 32 * 9 * 196,
        32L * 16 * 196,
        32L * 32 * 9 * 196,
        32L * 32 * 9 * 196,
        32L * 10
    };

    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void model() throws IOException {
        model = CommandRun.testFile("fashion-small.onnx", folder);
    }

    private static JsonObject costs(Path file) {
        return CommandRun.of("inspect", file, "--device", "45nm", "--json")
                .ok()
                .json()
                .getAsJsonObject("costs");
    }

    private static CommandRun compress(Path model, Path output, String options) {
        List<Object> words =
                new ArrayList<>(List.of("compress", model, "-o", output, "--json", "--images", "8", "--no-timing"));
        words.addAll(List.of("--mean", "0.286", "--std", "0.353"));
        words.addAll(List.of(options.split(" ")));
        return CommandRun.of(words.toArray());
    }

    @Test
    void countsWhatTheArchitectureSays() {
        JsonObject costs = costs(model);
        long sum = 0;
        for (int i = 0; i < MACS.length; i++) {
            JsonObject node = costs.getAsJsonArray("nodes").get(i).getAsJsonObject();
            assertEquals(MACS[i], node.get("macs").getAsLong(), node::toString);
            assertEquals(1024.0 * (double) MACS[i], node.get("bops").getAsDouble());
            sum += MACS[i];
        }
        assertEquals(MACS.length, costs.getAsJsonArray("nodes").size());
        assertEquals(sum, costs.get("macs").getAsLong());
        assertEquals(1024.0 * (double) sum, costs.get("bops").getAsDouble());
        JsonObject stem = costs.getAsJsonArray("nodes").get(0).getAsJsonObject();
        double picojoules = 4.6 * (double) MACS[0] + 160 * 4 * (16 * 9 + 784);
        assertEquals(picojoules * 1e-12, stem.get("joules").getAsDouble(), 1e-15);
    }

    @Test
    void withoutADeviceNothingIsCounted() {
        assertTrue(CommandRun.of("inspect", model, "--json")
                .ok()
                .json()
                .get("costs")
                .isJsonNull());
    }

    /** Whatever the form of the weights, and whether activations are quantized: the file says what the report does. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--weights 8",
                "--weights 5",
                "--weights 3 --weight-form dequantize --exclude */conv1/*",
                "--weights 4 --activations 6",
                "--weights nf4",
                "--weights float --sparsity 0.5",
                "--target-bops 12%",
                "--target-bops 4% --activations 8"
            })
    void theFileHasTheBitsOfTheReport(String options) {
        Path output = folder.resolve("out.onnx");
        JsonObject report = compress(model, output, options).ok().json();
        Map<String, Integer> bits = new HashMap<>();
        for (JsonElement layer : report.getAsJsonArray("layers")) {
            bits.put(
                    layer.getAsJsonObject().get("name").getAsString(),
                    layer.getAsJsonObject().get("bits").getAsInt());
        }
        JsonObject costs = costs(output);
        double bops = 0;
        for (int i = 0; i < MACS.length; i++) {
            JsonObject node = costs.getAsJsonArray("nodes").get(i).getAsJsonObject();
            int weights = bits.getOrDefault(node.get("name").getAsString(), 32);
            assertEquals(weights, node.get("weightBits").getAsInt(), node::toString);
            assertEquals(MACS[i], node.get("macs").getAsLong(), node::toString);
            boolean integer = options.contains("activations") || options.equals("--weights 8");
            int inputs = node.get("inputBits").getAsInt();
            assertTrue(integer ? inputs <= 8 : inputs == 32, node::toString);
            bops += (double) MACS[i] * weights * inputs;
        }
        assertEquals(bops, costs.get("bops").getAsDouble());
    }

    @Test
    void everyTargetIsKeptAndUsed() throws IOException {
        JsonObject original = costs(model);
        Path output = folder.resolve("out.onnx");
        compress(model, output, "--target-bops 12%").ok();
        double bops =
                costs(output).get("bops").getAsDouble() / original.get("bops").getAsDouble();
        assertTrue(bops <= 0.12, bops + " of FP32");
        assertTrue(bops >= 0.12 * 0.97, bops + " of FP32");
        compress(model, output, "--force --target-energy 129uJ --device 45nm").ok();
        double joules = costs(output).get("joules").getAsDouble();
        assertTrue(joules <= 129e-6 && joules >= 127e-6, joules + " J");
        compress(model, output, "--force --target-bops 12% --target-energy 127uJ --device 45nm --target-size 27KB")
                .ok();
        JsonObject all = costs(output);
        assertTrue(all.get("bops").getAsDouble() <= 0.12 * original.get("bops").getAsDouble());
        assertTrue(all.get("joules").getAsDouble() <= 127e-6);
        assertTrue(Files.size(output) <= 27_000 && Files.size(output) >= 26_500, Files.size(output) + " bytes");
    }

    /** With a device, the report says of both files what 'inspect' says, and the file is the same. */
    @Test
    void theReportHasTheCostsOfBothFiles() throws IOException {
        String options = "--weights 4 --exclude *conv2*";
        Path output = folder.resolve("out.onnx");
        for (String device : List.of("45nm", "x86-vnni")) {
            JsonObject costs = compress(model, output, options + " --force --device " + device)
                    .ok()
                    .json()
                    .getAsJsonObject("costs");
            for (String file : List.of("before", "after")) {
                JsonElement inspected = CommandRun.of(
                                "inspect", file.equals("before") ? model : output, "--device", device, "--json")
                        .ok()
                        .json()
                        .get("costs");
                assertEquals(inspected, costs.get(file), file);
            }
        }
        Path plain = folder.resolve("plain.onnx");
        assertTrue(compress(model, plain, options).ok().json().get("costs").isJsonNull());
        assertEquals(-1, Files.mismatch(output, plain));
    }

    @Test
    void theCostsOfAPlanAreThoseOfTheFile() throws IOException {
        String options = "--weights 8 --device x86-avx2";
        JsonObject planned = compress(model, folder.resolve("out.onnx"), options + " --dry-run")
                .ok()
                .json()
                .getAsJsonObject("costs");
        JsonObject written =
                compress(model, folder.resolve("out.onnx"), options).ok().json().getAsJsonObject("costs");
        assertEquals(written, planned);
        assertTrue(planned.getAsJsonObject("after").get("milliseconds").getAsDouble()
                < planned.getAsJsonObject("before").get("milliseconds").getAsDouble());
    }

    @Test
    void timeAndEnergyAreToldInALineEach() {
        String text = CommandRun.of(
                        "compress",
                        model,
                        "--images",
                        8,
                        "--no-timing",
                        "--mean",
                        "0.286",
                        "--std",
                        "0.353",
                        "--device",
                        "x86-vnni")
                .ok()
                .out();
        assertTrue(
                Pattern.compile("predicted time of a run on x86-vnni: [0-9.]+ ms -> [0-9.]+ ms \\(0[.][0-9]+x\\),"
                                + " 1 thread, median error 8 %\n")
                        .matcher(text)
                        .find(),
                text);
        assertTrue(
                Pattern.compile("predicted energy of a run on x86-vnni: [0-9.]+ uJ -> [0-9.]+ uJ \\(0[.][0-9]+x\\),"
                                + " Horowitz, ISSCC 2014; from a table, not measured\n")
                        .matcher(text)
                        .find(),
                text);
    }

    @Test
    void aTargetOutOfReachSaysWhatTheLeastIs() {
        CommandRun run = compress(model, folder.resolve("out.onnx"), "--target-bops 1%");
        assertEquals(3, run.code());
        assertTrue(
                (run.err() + run.out())
                        .contains("cannot be reached: the least is 440 M bit operations, with the fewest bits in 11"),
                run::toString);
    }

    @Test
    void profilesOfOneselfAreRead() throws IOException {
        Path profile = Files.writeString(
                folder.resolve("own.yaml"), "source: here\nmeasured: true\nmultiply: {4: 1, 32: 2}\nbyte: 0\n");
        JsonObject costs = CommandRun.of("inspect", model, "--device", profile, "--json")
                .ok()
                .json()
                .getAsJsonObject("costs");
        assertEquals(
                2e-12 * costs.get("macs").getAsDouble(), costs.get("joules").getAsDouble(), 1e-12);
        assertTrue(costs.get("measured").getAsBoolean());
        Files.writeString(profile, "source: here\nmeasured: true\nmultiply: {4: 1}\nbite: 0\n");
        CommandRun wrong = CommandRun.of("inspect", model, "--device", profile);
        assertEquals(2, wrong.code());
        assertTrue(wrong.err().contains("own.yaml:4:1: unknown key bite"), wrong::err);
    }

    /** A device on which integers take a third of the time of floats, and conversions take some. */
    private Path fastIntegers() throws IOException {
        return Files.writeString(folder.resolve("npu.yaml"), """
                source: made up
                measured: false
                latency:
                  error: 0.1
                  run: {node: 1000}
                  pointwise float: {mac: 0.3}
                  convolution float: {mac: 0.3}
                  product float: {mac: 0.3}
                  pointwise int8: {mac: 0.1}
                  convolution int8: {mac: 0.1}
                  product int8: {mac: 0.1}
                  quantize float: {node: 2000}
                  dequantize float: {node: 2000}
                """);
    }

    private double milliseconds(Path file, Path device) {
        return costs(file, device).get("milliseconds").getAsDouble();
    }

    private static JsonObject costs(Path file, Path device) {
        return CommandRun.of("inspect", file, "--device", device, "--json")
                .ok()
                .json()
                .getAsJsonObject("costs");
    }

    /** The same in energy, measured: 20 W but for conversions. */
    private Path measuredEnergy() throws IOException {
        return Files.writeString(folder.resolve("laptop.yaml"), """
                source: made up
                measured: true
                energy:
                  error: 0.1
                  run: {node: 20000}
                  pointwise float: {mac: 6}
                  convolution float: {mac: 6}
                  product float: {mac: 6}
                  pointwise int8: {mac: 2}
                  convolution int8: {mac: 2}
                  product int8: {mac: 2}
                  quantize float: {node: 10000}
                  dequantize float: {node: 10000}
                """);
    }

    /** As a latency is: by what is executed, not by bits. */
    @Test
    void aMeasuredEnergyIsKeptByComputingSomeLayersInIntegers() throws IOException {
        Path device = measuredEnergy();
        JsonObject original = costs(model, device);
        double sum = 0;
        for (JsonElement node : original.getAsJsonArray("nodes")) {
            sum += node.getAsJsonObject().get("joules").getAsDouble();
        }
        double joules = original.get("joules").getAsDouble();
        assertEquals(joules, sum, 1e-12);
        assertEquals(6e-9 * original.get("macs").getAsDouble() + 20e-6, joules, 1e-9);
        assertTrue(original.get("milliseconds").isJsonNull()
                && original.get("threads").isJsonNull());
        assertEquals(0.1, original.get("energyError").getAsDouble());
        Path output = folder.resolve("out.onnx");
        String options = "--device " + device + " --target-energy ";
        JsonObject report = compress(model, output, options + "60%").ok().json();
        JsonObject after = costs(output, device);
        assertEquals(after, report.getAsJsonObject("costs").get("after"));
        double kept = after.get("joules").getAsDouble() / joules;
        assertTrue(kept <= 0.6 && kept >= 0.45, kept + " of FP32");
        String most = compress(model, output, options + "10% --force").err();
        assertTrue(most.contains("8-bit integers where they take less in 11 layers; most of it is in '"), most);
        assertTrue(most.contains("mJ in 8-bit integers"), most);
    }

    @Test
    void aProfileOfTimesHasNoEnergyToLimit() throws IOException {
        CommandRun run = compress(model, folder.resolve("out.onnx"), "--target-energy 1mJ --device " + fastIntegers());
        assertEquals(2, run.code());
        assertTrue(
                run.err().contains("needs energy, or multiply and byte, which the profile npu.yaml does not have"),
                run::err);
    }

    @Test
    void measuredEnergyIsToldAsSuch() throws IOException {
        String text = CommandRun.of("inspect", model, "--device", measuredEnergy())
                .ok()
                .out();
        assertTrue(text.contains(" mJ on laptop.yaml (measured, above idle, 1 thread, median error 10 %)"), text);
        assertTrue(text.contains("(the run itself)") && !text.contains("Predicted time"), text);
    }

    /** The time of the written file, as 'inspect' finds it. Layers of both kinds are in it, and it is the same file again. */
    @Test
    void aLatencyIsKeptByComputingSomeLayersInIntegers() throws IOException {
        Path device = fastIntegers();
        double original = milliseconds(model, device);
        Path output = folder.resolve("out.onnx");
        String options = "--device " + device + " --target-latency ";
        JsonObject report = compress(model, output, options + "60%").ok().json();
        double half = milliseconds(output, device);
        assertTrue(half <= 0.6 * original && half >= 0.45 * original, half + " of " + original + " ms");
        int integer = 0;
        JsonObject costs = costs(output);
        for (JsonElement node : costs.getAsJsonArray("nodes")) {
            integer += node.getAsJsonObject().get("inputBits").getAsInt() == 8 ? 1 : 0;
        }
        assertTrue(integer > 3 && integer < MACS.length, integer + " layers in integers");
        Path again = folder.resolve("again.onnx");
        compress(model, again, options + "60% --threads 1").ok();
        assertEquals(-1, Files.mismatch(output, again));
        compress(model, output, options + "99% --force").ok();
        double most = milliseconds(output, device);
        assertTrue(most > half && most <= 0.99 * original, most + " ms");
        JsonObject loose = compress(model, output, options + "1s --force").ok().json();
        assertEquals(original, milliseconds(output, device), 1e-9, "nothing has to be in integers");
        assertTrue(snr(loose) >= snr(report), snr(loose) + " and " + snr(report) + " dB");
    }

    private static double snr(JsonObject report) {
        return report.getAsJsonObject("fidelity")
                .getAsJsonArray("outputs")
                .get(0)
                .getAsJsonObject()
                .get("signalToNoiseDb")
                .getAsDouble();
    }

    @Test
    void aLatencyOutOfReachSaysWhatTheLeastIs() throws IOException {
        CommandRun run = compress(model, folder.resolve("out.onnx"), "--target-latency 10% --device " + fastIntegers());
        assertEquals(3, run.code());
        assertTrue(
                (run.err() + run.out())
                        .contains("with 8-bit integers where they are faster in 11 layers; most of it is in"),
                run::toString);
        assertTrue((run.err() + run.out()).contains("in 8-bit integers"), run::toString);
    }

    @Test
    void nodesThatTakeTimeAreListedWithIt() throws IOException {
        JsonObject costs = CommandRun.of("inspect", model, "--json", "--device", fastIntegers())
                .ok()
                .json()
                .getAsJsonObject("costs");
        double sum = 0;
        for (JsonElement node : costs.getAsJsonArray("nodes")) {
            sum += node.getAsJsonObject().get("milliseconds").getAsDouble();
        }
        assertEquals(costs.get("milliseconds").getAsDouble(), sum, 1e-12);
        assertTrue(costs.get("joules").isJsonNull());
        double stem = costs.getAsJsonArray("nodes")
                .get(1)
                .getAsJsonObject()
                .get("milliseconds")
                .getAsDouble();
        assertEquals(0.3e-6 * (double) MACS[0], stem, 1e-9);
    }
}
