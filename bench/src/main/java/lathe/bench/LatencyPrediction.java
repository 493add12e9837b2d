package lathe.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import lathe.cli.device.AdditiveModel;
import lathe.cli.device.NetworkWork;
import lathe.cli.device.RunMeter;
import lathe.cli.options.DeviceProfile;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.OnnxReader;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.network.Tensor;

/**
 * Predicted against measured time of a run, batch of 1: the fastest of {@value #ROUNDS} times the runs in a row of
 * {@link RunMeter}, in rounds over all models, so that what disturbs the machine for seconds disturbs few rounds.
 *
 * <pre>{@code
 * java -cp 'bench/target/classes:bench/target/lib/*' lathe.bench.LatencyPrediction PROFILE MODEL...
 * }</pre>
 *
 * <p>PROFILE as of {@code --device}; the shape of an input follows its model in the same word: {@code "model.onnx 1,3,48,192"}.
 */
public final class LatencyPrediction {

    private static final int ROUNDS = 12;

    private LatencyPrediction() {}

    private record Model(String name, Graph graph, Map<String, Tensor> feeds, double predicted) {

        static Model of(String word, AdditiveModel model) throws IOException {
            List<String> words = List.of(word.split(" "));
            Graph graph = OnnxReader.read(Path.of(words.get(0)));
            InputPlan plan = InputPlan.of(graph, InputOptions.DEFAULT.withShapes(words.subList(1, words.size())));
            Map<String, Tensor> feeds = plan.batch(0, plan.fixedBatch().orElse(1));
            double millis = model.of(NetworkWork.of(graph, NetworkWork.shapes(graph, plan.extents(), () -> feeds)));
            return new Model(Path.of(words.get(0)).getFileName().toString(), graph, feeds, millis);
        }
    }

    /** Prints a line a model, and the median error. */
    public static void main(String[] arguments) throws IOException {
        AdditiveModel model = DeviceProfile.of(arguments[0]).latency().orElseThrow();
        List<Model> models = new ArrayList<>();
        for (String word : Arrays.asList(arguments).subList(1, arguments.length)) {
            models.add(Model.of(word, model));
        }
        RunMeter timer = RunMeter.time(model.threads());
        double[] measured = new double[models.size()];
        Arrays.fill(measured, Double.POSITIVE_INFINITY);
        for (int round = 0; round < ROUNDS; round++) {
            Arrays.setAll(
                    measured,
                    i -> Math.min(
                            measured[i],
                            timer.measure(models.get(i).graph(), models.get(i).feeds())));
        }
        System.out.printf(Locale.ROOT, "%-48s %9s %9s %6s%n", "", "measured", "predicted", "error");
        double[] errors = IntStream.range(0, measured.length)
                .mapToDouble(i -> models.get(i).predicted() / measured[i] - 1)
                .toArray();
        for (int i = 0; i < measured.length; i++) {
            System.out.printf(
                    Locale.ROOT,
                    "%-48s %9.3f %9.3f %+5.0f %%%n",
                    models.get(i).name(),
                    measured[i],
                    models.get(i).predicted(),
                    100 * errors[i]);
        }
        double[] sorted = Arrays.stream(errors).map(Math::abs).sorted().toArray();
        System.out.printf(
                Locale.ROOT,
                "median error %.1f %%, largest %.0f %%, %d models%n",
                50 * (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]),
                100 * sorted[sorted.length - 1],
                sorted.length);
    }
}
