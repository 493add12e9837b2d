package lathe.bench;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Value;
import lathe.engine.grid.WeightFormat;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.pipeline.CompressionOptions;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.pipeline.StatisticsSource;
import lathe.engine.qdq.OrtTarget;
import lathe.engine.report.RunProvenance;
import lathe.engine.task.LayerExecutor;
import lathe.precondition.GraphPasses;
import lathe.synth.input.InputOptions;
import lathe.synth.input.Scaling;
import lathe.synth.input.SynthKind;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import lathe.synth.statistics.CalibrationSource;
import lathe.synth.statistics.StatisticsSources;

/**
 * What having no data costs: SNR of the first output on real pictures, in dB, where weights of 8 to 3 bits, or as many as
 * are named, were found and refined in the same way from synthetic images, from Gaussians, and from other real pictures.
 * Activations stay in float.
 *
 * <pre>{@code
 * java -cp 'bench/target/classes:bench/target/lib/*' lathe.bench.DataFreePenalty MODEL CALIBRATION TEST LOW,HIGH [BITS]...
 * }</pre>
 *
 * <p>CALIBRATION and TEST are folders of PNG files, or a PNG file, of the input's size or a sheet of tiles of that size;
 * LOW and HIGH what black and white are to the network.
 */
public final class DataFreePenalty {

    private static final int THREADS = Runtime.getRuntime().availableProcessors();
    private static final int BATCH = 8;

    private DataFreePenalty() {}

    /** Prints the table. */
    public static void main(String[] arguments) throws IOException {
        Graph graph = OnnxReader.read(Path.of(arguments[0]));
        String[] range = arguments[3].split(",", 2);
        float low = Float.parseFloat(range[0]);
        float high = Float.parseFloat(range[1]);
        Value input = graph.requiredInputs().get(0);
        Tensor calibration = pictures(Path.of(arguments[1]), input, Scaling.range(low, high));
        Tensor test = pictures(Path.of(arguments[2]), input, Scaling.range(low, high));
        InputOptions options =
                InputOptions.DEFAULT.withImages((int) calibration.dims()[0]).withInputRange(low, high);

        Map<String, StatisticsSource> sources = new LinkedHashMap<>();
        sources.put("synthetic images", StatisticsSources.synthetic(options, THREADS));
        sources.put("Gaussians", StatisticsSources.gaussian(options.withKind(SynthKind.GAUSSIAN), THREADS));
        sources.put("real images", CalibrationSource.of(Map.of(input.name(), calibration), THREADS, 0));
        System.out.println("| weights | " + String.join(" | ", sources.keySet()) + " |");
        System.out.println("|---|---|---|---|");
        List<Integer> chosen =
                Stream.of(arguments).skip(4).map(Integer::valueOf).toList();
        for (int bits : chosen.isEmpty() ? List.of(8, 6, 5, 4, 3) : chosen) {
            StringBuilder row = new StringBuilder("| %d bits |".formatted(bits));
            for (StatisticsSource source : sources.values()) {
                Graph compressed = compressed(graph, source, bits);
                row.append(String.format(Locale.ROOT, " %.1f |", signalToNoise(graph, compressed, input, test)));
            }
            System.out.println(row);
        }
    }

    private static Graph compressed(Graph graph, StatisticsSource source, int bits) {
        return new CompressionPipeline(
                        List.of(GraphPasses.opsetRaise(13), GraphPasses.batchNormFold()),
                        List.of(),
                        source,
                        OrtTarget.DEFAULT,
                        LayerExecutor.HERE,
                        CompressionOptions.DEFAULT
                                .withWeights(WeightFormat.perChannel(bits))
                                .withActivationBits(OptionalInt.empty())
                                .withThreads(THREADS),
                        ProgressListener.NONE)
                .run(graph, new RunProvenance("", "", Map.of(), ""))
                .graph();
    }

    private static double signalToNoise(Graph original, Graph compressed, Value input, Tensor test) {
        double signal = 0;
        double noise = 0;
        String output = original.outputs().get(0).name();
        NetworkOptions options = NetworkOptions.DEFAULT.withThreads(THREADS);
        try (Network wanted = Network.of(original, options);
                Network got = Network.of(compressed, options)) {
            for (int from = 0; from < test.dims()[0]; from += BATCH) {
                Map<String, Tensor> feeds = Map.of(input.name(), slice(test, from));
                float[] a = wanted.run(feeds, List.of(output)).get(output).floats();
                float[] b = got.run(feeds, List.of(output)).get(output).floats();
                for (int i = 0; i < a.length; i++) {
                    signal += (double) a[i] * a[i];
                    noise += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
                }
            }
        }
        return 10 * Math.log10(signal / noise);
    }

    private static Tensor slice(Tensor all, int from) {
        long[] dims = all.dims().clone();
        int length = (int) (all.size() / dims[0]);
        dims[0] = Math.min(BATCH, dims[0] - from);
        float[] values = new float[(int) dims[0] * length];
        all.values().get(from * length, values);
        return Tensor.of(values, dims);
    }

    /** All pictures of a file or folder, as the network takes them: samples x channels x height x width. */
    private static Tensor pictures(Path source, Value input, Scaling scaling) throws IOException {
        List<Value.Dim> dims = input.dims().orElseThrow();
        int channels = (int) dims.get(1).extent().orElseThrow();
        int height = (int) dims.get(2).extent().orElseThrow();
        int width = (int) dims.get(3).extent().orElseThrow();
        List<float[]> pictures = new ArrayList<>();
        for (Path file : files(source)) {
            BufferedImage sheet = ImageIO.read(file.toFile());
            for (int y = 0; y + height <= sheet.getHeight(); y += height) {
                for (int x = 0; x + width <= sheet.getWidth(); x += width) {
                    pictures.add(picture(sheet.getSubimage(x, y, width, height), channels, scaling));
                }
            }
        }
        int size = channels * height * width;
        float[] values = new float[pictures.size() * size];
        for (int i = 0; i < pictures.size(); i++) {
            System.arraycopy(pictures.get(i), 0, values, i * size, size);
        }
        return Tensor.of(values, pictures.size(), channels, height, width);
    }

    private static List<Path> files(Path source) throws IOException {
        if (Files.isRegularFile(source)) {
            return List.of(source);
        }
        try (Stream<Path> files = Files.list(source)) {
            return files.filter(file -> file.toString().endsWith(".png"))
                    .sorted()
                    .toList();
        }
    }

    private static float[] picture(BufferedImage image, int channels, Scaling scaling) {
        int pixels = image.getWidth() * image.getHeight();
        float[] values = new float[channels * pixels];
        for (int i = 0; i < values.length; i++) {
            int pixel = i % pixels;
            int channel = i / pixels;
            int sample = image.getRaster().getSample(pixel % image.getWidth(), pixel / image.getWidth(), channel);
            values[i] = scaling.apply(sample / 255f, channel);
        }
        return values;
    }
}
