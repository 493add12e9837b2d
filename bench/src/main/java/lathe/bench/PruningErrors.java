package lathe.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import lathe.engine.graph.Graph;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.prune.LayerShare;
import lathe.engine.prune.Mask;
import lathe.engine.prune.NOfM;
import lathe.engine.prune.NetworkShare;
import lathe.engine.prune.PrunedWeights;
import lathe.engine.prune.Pruning;
import lathe.engine.prune.Saliency;
import lathe.engine.prune.Sparsity;
import lathe.engine.tensor.WeightMatrix;
import lathe.precondition.GraphPasses;
import lathe.synth.input.InputOptions;
import lathe.synth.statistics.StatisticsSources;
import lathe.testdata.TestData;

/**
 * How far the outputs of the layers of the Fashion-MNIST networks move under several ways of pruning: relative errors,
 * averaged over layers, in dB, on the inputs that the pruning saw and on fresh ones.
 *
 * <pre>{@code java -cp 'bench/target/classes:bench/target/lib/*' lathe.bench.PruningErrors}</pre>
 */
public final class PruningErrors {

    private static final int ESTIMATED = 0;
    private static final long FRESH_SEED = 7;

    private final List<List<LayerProblem>> seen;
    private final List<List<LayerProblem>> fresh;

    private PruningErrors(List<List<LayerProblem>> seen, List<List<LayerProblem>> fresh) {
        this.seen = seen;
        this.fresh = fresh;
    }

    /** Prints a table for each network. */
    public static void main(String[] arguments) {
        for (String name : List.of("fashion-resnet.onnx", "fashion-mobilenet.onnx")) {
            System.out.println(name);
            PruningErrors errors = new PruningErrors(problems(name, 0), problems(name, FRESH_SEED));
            for (double share : new double[] {0.5, 0.7, 0.8, 0.9}) {
                errors.compare(new NetworkShare(share));
            }
            errors.compare(new NOfM(2, 4));
            errors.compare(new NOfM(1, 4));
        }
    }

    private static List<List<LayerProblem>> problems(String name, long seed) {
        Graph graph = OnnxReader.read(TestData.bytes(name));
        for (GraphPass pass : List.of(GraphPasses.opsetRaise(13), GraphPasses.batchNormFold())) {
            graph = pass.apply(graph).graph();
        }
        List<Layer> layers = Layers.survey(graph).layers();
        InputOptions options =
                InputOptions.DEFAULT.withSeed(seed).withMeanStd(new float[] {0.286f}, new float[] {0.353f});
        try (Measurement measurement = StatisticsSources.synthetic(options, 1).open(graph)) {
            Map<String, InputStatistics> measured =
                    measurement.measure(layers, List.of()).layers();
            return layers.stream()
                    .map(layer -> problems(layer, measured.get(layer.name())))
                    .toList();
        }
    }

    private static List<LayerProblem> problems(Layer layer, InputStatistics statistics) {
        List<LayerProblem> problems = new ArrayList<>();
        for (int group = 0; group < layer.groups(); group++) {
            problems.add(new LayerProblem(
                    layer.name(),
                    layer.matrices().get(group),
                    statistics.grams().get(group),
                    statistics.means().get(group),
                    new double[layer.rowsPerGroup()]));
        }
        return problems;
    }

    private void compare(Sparsity target) {
        Sparsity byMagnitude = target instanceof NetworkShare share ? new LayerShare(share.zeros()) : target;
        List<Mask> largest =
                byMagnitude.masks(seen.stream().map(PruningErrors::magnitudes).toList());
        print(target, "magnitude, zeroed", zeroed(largest), 0);
        print(target, "magnitude, fitted", fitted(new Pruning(target, ESTIMATED), largest), 0);
        for (int rounds : new int[] {1, 4, 8}) {
            pruned(target, ESTIMATED, rounds);
        }
        pruned(target, 288, 4);
        pruned(target, Pruning.LARGEST_EXACT, 1);
        pruned(target, Pruning.LARGEST_EXACT, 4);
    }

    private void pruned(Sparsity target, int largestExact, int rounds) {
        long start = System.nanoTime();
        Pruning pruning = new Pruning(target, largestExact);
        List<List<PrunedWeights>> current = seen.stream()
                .map(layer -> layer.stream()
                        .map(problem -> PrunedWeights.all(problem.weights()))
                        .toList())
                .toList();
        for (int round = 1; round <= rounds; round++) {
            List<Saliency> saliencies = new ArrayList<>();
            for (int layer = 0; layer < seen.size(); layer++) {
                saliencies.add(saliency(pruning, seen.get(layer), current.get(layer)));
            }
            current = fitted(pruning, pruning.masks(saliencies, round, rounds));
        }
        String way = "%s to order %d, rounds %d".formatted(pruning.rankingFor(1, 1), largestExact, rounds);
        print(target, way, current, (System.nanoTime() - start) / 1e9);
    }

    private static Saliency saliency(Pruning pruning, List<LayerProblem> groups, List<PrunedWeights> current) {
        double energy = 0;
        for (LayerProblem group : groups) {
            energy += LayerError.of(group, group.weights()).energy();
        }
        List<Saliency> saliencies = new ArrayList<>();
        for (int group = 0; group < groups.size(); group++) {
            saliencies.add(pruning.saliency(groups.get(group), current.get(group), energy));
        }
        return Saliency.ofGroups(saliencies);
    }

    private static Saliency magnitudes(List<LayerProblem> groups) {
        return Saliency.ofGroups(groups.stream()
                .map(group -> {
                    WeightMatrix weights = group.weights();
                    float[] sizes = new float[weights.rows() * weights.cols()];
                    for (int i = 0; i < sizes.length; i++) {
                        sizes[i] = Math.abs(weights.at(i / weights.cols(), i % weights.cols()));
                    }
                    return new Saliency(weights.rows(), weights.cols(), sizes);
                })
                .toList());
    }

    private List<List<PrunedWeights>> zeroed(List<Mask> masks) {
        List<List<PrunedWeights>> zeroed = new ArrayList<>();
        for (int layer = 0; layer < seen.size(); layer++) {
            List<PrunedWeights> groups = new ArrayList<>();
            for (LayerProblem problem : seen.get(layer)) {
                Mask mask = ofGroup(masks.get(layer), problem, groups.size());
                groups.add(new PrunedWeights(mask, mask.applyTo(problem.weights())));
            }
            zeroed.add(groups);
        }
        return zeroed;
    }

    private List<List<PrunedWeights>> fitted(Pruning pruning, List<Mask> masks) {
        List<List<PrunedWeights>> fitted = new ArrayList<>();
        for (int layer = 0; layer < seen.size(); layer++) {
            List<PrunedWeights> groups = new ArrayList<>();
            for (LayerProblem problem : seen.get(layer)) {
                groups.add(pruning.fit(problem, ofGroup(masks.get(layer), problem, groups.size())));
            }
            fitted.add(groups);
        }
        return fitted;
    }

    private static Mask ofGroup(Mask mask, LayerProblem problem, int group) {
        int rows = problem.weights().rows();
        return mask.rows(group * rows, (group + 1) * rows);
    }

    private void print(Sparsity target, String way, List<List<PrunedWeights>> pruned, double seconds) {
        long zeros = 0;
        long weights = 0;
        for (List<PrunedWeights> groups : pruned) {
            for (PrunedWeights group : groups) {
                zeros += group.mask().zeros();
                weights += (long) group.mask().rows() * group.mask().cols();
            }
        }
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %.4f | %.2f | %.2f | %.1f |%n",
                target,
                way,
                (double) zeros / weights,
                decibels(seen, pruned),
                decibels(fresh, pruned),
                seconds);
    }

    private static double decibels(List<List<LayerProblem>> layers, List<List<PrunedWeights>> pruned) {
        double[] errors = new double[layers.size()];
        for (int layer = 0; layer < errors.length; layer++) {
            List<WeightMatrix> left =
                    pruned.get(layer).stream().map(PrunedWeights::weights).toList();
            errors[layer] = LayerError.of(layers.get(layer), left).relative();
        }
        return -10 * Math.log10(Arrays.stream(errors).average().orElseThrow());
    }
}
