package lathe.bench;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
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
 * What having no data costs: SNR of the first output on real pictures, in dB, where weights and activations of several
 * bits were found in the same way from synthetic images, from the same refined by gradients, and from other real pictures.
 * Synthetic columns hold a number for each seed.
 *
 * <pre>{@code
 * java -cp 'bench/target/classes:bench/target/lib/*' lathe.bench.DataFreePenalty MODEL CALIBRATION TEST SCALING SEEDS IMAGES BITS...
 * }</pre>
 *
 * <p>CALIBRATION and TEST are folders of PNG or JPEG files, or one such file, of the input's size or a sheet of tiles of
 * that size; SCALING is {@code LOW,HIGH}, what black and white are to the network, or {@code MEAN/STD} of each channel,
 * such as {@code 0.485,0.456,0.406/0.229,0.224,0.225}; SEEDS such as {@code 0,1,2}; IMAGES is how many are
 * synthesised; BITS such as {@code W4}, which leaves activations in float, or {@code W4A8}.
 */
public final class DataFreePenalty {

    private static final int THREADS = Runtime.getRuntime().availableProcessors();
    private static final int BATCH = 8;

    /** The command's choice, too: zero points up to this many bits. */
    private static final int COARSE = 3;

    private static final Pattern BITS = Pattern.compile("W([2-8])(?:A([4-8]))?");

    private DataFreePenalty() {}

    /** Prints the table. */
    public static void main(String[] arguments) throws IOException {
        Graph graph = OnnxReader.read(Path.of(arguments[0]));
        Value input = graph.requiredInputs().get(0);
        int images = Integer.parseInt(arguments[5]);
        InputOptions options = scaled(InputOptions.DEFAULT.withImages(images), arguments[3]);
        Scaling scaling = scaling(arguments[3]);
        Tensor calibration = pictures(Path.of(arguments[1]), input, scaling);
        Tensor test = pictures(Path.of(arguments[2]), input, scaling);
        long[] seeds = Stream.of(arguments[4].split(",", -1))
                .mapToLong(Long::parseLong)
                .toArray();

        Map<String, List<StatisticsSource>> sources = new LinkedHashMap<>();
        sources.put("synthetic images", seeds(options, seeds));
        sources.put("refined images", seeds(options.withKind(SynthKind.REFINED), seeds));
        sources.put(
                "%d real images".formatted(calibration.dims()[0]),
                List.of(CalibrationSource.of(Map.of(input.name(), calibration), THREADS, 0)));
        System.out.println("| bits | " + String.join(" | ", sources.keySet()) + " |");
        System.out.println("|---|---|---|---|");
        for (String bits : Arrays.asList(arguments).subList(6, arguments.length)) {
            System.out.print("| %s |".formatted(bits));
            for (List<StatisticsSource> column : sources.values()) {
                for (StatisticsSource source : column) {
                    Graph compressed = compressed(graph, source, bits);
                    System.out.printf(Locale.ROOT, " %.2f", signalToNoise(graph, compressed, input, test));
                }
                System.out.print(" |");
            }
            System.out.println();
        }
    }

    /** Sources that keep their refined images from one compression to the next. */
    private static List<StatisticsSource> seeds(InputOptions options, long[] seeds) {
        return LongStream.of(seeds)
                .mapToObj(seed -> StatisticsSources.synthetic(options.withSeed(seed), THREADS))
                .toList();
    }

    private static InputOptions scaled(InputOptions options, String text) {
        if (text.contains("/")) {
            String[] moments = text.split("/", 2);
            return options.withMeanStd(floats(moments[0]), floats(moments[1]));
        }
        return options.withInputRange(floats(text)[0], floats(text)[1]);
    }

    private static Scaling scaling(String text) {
        if (text.contains("/")) {
            String[] moments = text.split("/", 2);
            return Scaling.meanStd(floats(moments[0]), floats(moments[1]));
        }
        return Scaling.range(floats(text)[0], floats(text)[1]);
    }

    private static float[] floats(String text) {
        String[] words = text.split(",", -1);
        float[] values = new float[words.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.parseFloat(words[i]);
        }
        return values;
    }

    private static Graph compressed(Graph graph, StatisticsSource source, String text) {
        Matcher bits = BITS.matcher(text);
        if (!bits.matches()) {
            throw new IllegalArgumentException("%s is not such as W4 or W4A8".formatted(text));
        }
        WeightFormat weights = WeightFormat.perChannel(Integer.parseInt(bits.group(1)));
        OptionalInt activations =
                bits.group(2) == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(bits.group(2)));
        return new CompressionPipeline(
                        List.of(GraphPasses.opsetRaise(13), GraphPasses.constantFold(), GraphPasses.batchNormFold()),
                        List.of(),
                        source,
                        OrtTarget.DEFAULT,
                        LayerExecutor.HERE,
                        CompressionOptions.DEFAULT
                                .withWeights(weights.bits() <= COARSE ? weights.asymmetric() : weights)
                                .withActivationBits(activations)
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
            return files.filter(file -> file.toString().matches(".*\\.(png|jpg)"))
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
