package lathe.bench;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import lathe.engine.onnx.OnnxReader;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import lathe.testdata.TestData;

/**
 * Runs the command as a user does, process by process, on the embedded networks, the PP-OCR networks and every model
 * in a folder, and prints a table: seconds and peak memory of {@code lathe compress}, size, agreement of the result on
 * fresh synthetic inputs, and latency of both networks in one process, one thread, batch 1, in turn.
 *
 * <pre>{@code java -cp 'bench/target/classes:bench/target/lib/*' lathe.bench.EndToEnd [FOLDER]}</pre>
 */
public final class EndToEnd {

    private static final int WARM_UP = 5;
    private static final int TIMED = 30;

    private EndToEnd() {}

    private record Subject(String name, Path model, List<String> inputOptions) {}

    /**
     * Compresses every model and prints the table.
     *
     * @param arguments a folder of .onnx files, optional
     */
    public static void main(String[] arguments) throws Exception {
        Path work = Files.createTempDirectory("lathe-bench");
        List<Subject> subjects = embedded(work);
        if (arguments.length > 0) {
            try (Stream<Path> files = Files.walk(Path.of(arguments[0]))) {
                files.filter(file -> file.toString().endsWith(".onnx"))
                        .sorted()
                        .forEach(
                                file -> subjects.add(new Subject(String.valueOf(file.getFileName()), file, List.of())));
            }
        }
        System.out.println(
                "| model | MB | compress s | peak MB | size ratio | SNR dB | top-1 agreement | int8/FP32 latency |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        for (Subject subject : subjects) {
            System.out.println(measure(subject, work));
        }
    }

    private static List<Subject> embedded(Path work) throws IOException {
        List<Subject> subjects = new ArrayList<>();
        for (String name : List.of("fashion-resnet", "fashion-mobilenet")) {
            Path model = Files.write(work.resolve(name + ".onnx"), TestData.bytes(name + ".onnx"));
            subjects.add(new Subject(name, model, List.of("--mean", "0.286", "--std", "0.353")));
        }
        Map<String, List<String>> shapes = Map.of(
                "ch_ppocr_mobile_v2.0_cls_infer", List.of("--input-shape", "1,3,48,192"),
                "ch_PP-OCRv3_det_infer", List.of(),
                "ch_PP-OCRv4_det_infer", List.of(),
                "ch_PP-OCRv3_rec_infer", List.of("--input-shape", "1,3,48,320"),
                "ch_PP-OCRv4_rec_infer", List.of("--input-shape", "1,3,48,320"));
        for (String name : shapes.keySet().stream().sorted().toList()) {
            Path model = work.resolve(name + ".onnx");
            try (InputStream in = EndToEnd.class.getResourceAsStream("/models/" + name + ".onnx")) {
                Files.copy(in, model, StandardCopyOption.REPLACE_EXISTING);
            }
            subjects.add(new Subject(name, model, shapes.get(name)));
        }
        return subjects;
    }

    private static String measure(Subject subject, Path work) throws Exception {
        Path small = work.resolve("small.onnx");
        List<String> compress = new ArrayList<>(List.of(
                "./lathe", "compress", subject.model().toString(), "-o", small.toString(), "--force", "--quiet"));
        compress.addAll(subject.inputOptions());
        CommandRun run = CommandRun.of(compress);
        if (run.exitCode() != 0) {
            return "| %s | failed: %s |".formatted(subject.name(), run.output().strip());
        }
        List<String> verify =
                new ArrayList<>(List.of("./lathe", "verify", subject.model().toString(), small.toString(), "--json"));
        verify.addAll(subject.inputOptions());
        JsonObject output = JsonParser.parseString(CommandRun.of(verify).output())
                .getAsJsonObject()
                .getAsJsonArray("outputs")
                .get(0)
                .getAsJsonObject();
        JsonElement top1 = output.get("top1Agreement");
        String agreement = top1 != null && !top1.isJsonNull() ? "%.1f %%".formatted(100 * top1.getAsDouble()) : "";
        double before = Files.size(subject.model());
        return String.format(
                Locale.ROOT,
                "| %s | %.2f | %.1f | %d | %.3f | %.1f | %s | %.2f |",
                subject.name(),
                before / 1e6,
                run.seconds(),
                run.peakKilobytes() / 1024,
                Files.size(small) / before,
                output.get("signalToNoiseDb").getAsDouble(),
                agreement,
                latencyRatio(subject, small));
    }

    /** Median of the pairwise ratios, the two networks run in turn. */
    private static double latencyRatio(Subject subject, Path small) throws IOException {
        InputOptions options = InputOptions.DEFAULT;
        int shape = subject.inputOptions().indexOf("--input-shape");
        if (shape >= 0) {
            options = options.withShapes(List.of(subject.inputOptions().get(shape + 1)));
        }
        InputPlan plan = InputPlan.of(OnnxReader.read(subject.model()), options);
        Map<String, Tensor> feeds = plan.batch(0, 1);
        double[] ratios = new double[TIMED];
        try (Network original = Network.of(subject.model(), NetworkOptions.DEFAULT.withArena(true));
                Network compressed = Network.of(small, NetworkOptions.DEFAULT.withArena(true))) {
            for (int i = -WARM_UP; i < TIMED; i++) {
                double ratio = seconds(compressed, feeds) / seconds(original, feeds);
                if (i >= 0) {
                    ratios[i] = ratio;
                }
            }
        }
        Arrays.sort(ratios);
        return ratios[TIMED / 2];
    }

    private static double seconds(Network network, Map<String, Tensor> feeds) {
        long start = System.nanoTime();
        network.run(feeds);
        return (System.nanoTime() - start) / 1e9;
    }
}
