package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import lathe.engine.graph.ChannelAffine;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.CompressedLayer;
import lathe.engine.layer.FloatWeights;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.KernelLimits;
import lathe.engine.layer.Layer;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.OutputMoments;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.prune.PrunedWeights;
import lathe.engine.qdq.ReplacedLayer;
import lathe.engine.report.StageError;
import lathe.engine.report.StageError.Stage;
import lathe.engine.solve.BiasCorrection;
import lathe.engine.solve.LayerSolver;
import lathe.engine.solve.LayerSolvers;
import lathe.engine.tensor.WeightMatrix;

/**
 * New weights for layers that share theirs, and their errors.
 *
 * @param layers one for each user, in graph order; they differ in the bias
 * @param format of the new weights; empty for floats
 * @param limits that the weights keep to
 * @param moments of the outputs, with the users' statistics averaged and nothing scaled
 * @param inputPowers E[x²] of each input, one array a group
 * @param factors by which the weights of each output were scaled after that
 * @param before what stages before the solve, or in its place, would lose
 * @param seconds the solve took
 */
record LayerSolution(
        List<ReplacedLayer> layers,
        Optional<WeightFormat> format,
        KernelLimits limits,
        OutputMoments moments,
        List<double[]> inputPowers,
        double[] factors,
        List<StageError> before,
        double seconds) {

    /** From this many bits on, layers are so exact that little is left to gain. */
    private static final int FINE_BITS = 8;

    /** Noise that solvers take the inputs to have, as a share of their mean power: real inputs differ by more than that. */
    private static final double DAMPING = 0.03;

    /**
     * Solves every group, and corrects every user's bias so that the mean of each output does not change.
     *
     * @param statistics of every user, by layer name
     * @param pruned what pruning left of the weights, one matrix a group, where the network is pruned
     * @param format of the new weights; empty for floats
     * @param limits that the weights keep to
     * @param solver finds new weights
     */
    static LayerSolution of(
            SharedLayers shared,
            Map<String, InputStatistics> statistics,
            Optional<List<PrunedWeights>> pruned,
            Optional<WeightFormat> format,
            KernelLimits limits,
            Function<List<LayerProblem>, List<? extends CompressedLayer>> solver) {
        long start = System.nanoTime();
        List<LayerProblem> problems = shared.first().problems(shared.average(statistics), limits);
        List<CompressedLayer> groups = groups(problems, pruned, solver);
        List<OutputMoments> moments = new ArrayList<>();
        for (int group = 0; group < groups.size(); group++) {
            moments.add(OutputMoments.of(problems.get(group), groups.get(group).weights()));
        }
        List<ReplacedLayer> layers = new ArrayList<>();
        for (Layer user : shared.users()) {
            List<LayerProblem> own = user.problems(statistics.get(user.name()), limits);
            layers.add(new ReplacedLayer(user, groups, correctedBias(user, own, groups)));
        }
        List<StageError> before = new ArrayList<>();
        format.ifPresent(given -> before.add(rounded(problems, given)));
        pruned.filter(left -> format.isPresent()).ifPresent(left -> before.add(pruned(problems, left)));
        return new LayerSolution(
                layers,
                format,
                limits,
                OutputMoments.join(moments),
                problems.stream().map(problem -> problem.gram().diagonal()).toList(),
                ones(shared.first().rows()),
                before,
                (System.nanoTime() - start) / 1e9);
    }

    /** Quantizes. */
    static List<QuantizedWeights> quantized(LayerSolver solver, List<LayerProblem> problems) {
        return solver.solve(damped(problems));
    }

    /** Keeps the weights as they are. */
    static List<FloatWeights> kept(List<LayerProblem> problems) {
        return problems.stream()
                .map(problem -> new FloatWeights(problem.weights()))
                .toList();
    }

    /**
     * Improves these codes where errors of outputs interfere.
     *
     * @param metric G, outputs x outputs over all groups
     */
    List<QuantizedWeights> twoSided(LayerSolver solver, GramMatrix metric, List<LayerProblem> problems) {
        List<LayerProblem> weighted = new ArrayList<>();
        List<QuantizedWeights> solved = new ArrayList<>();
        int first = 0;
        for (LayerProblem problem : damped(problems)) {
            int rows = problem.weights().rows();
            int[] own = IntStream.range(first, first + rows).toArray();
            weighted.add(problem.withOutputMetric(metric.principal(own)));
            solved.add((QuantizedWeights) only().groups().get(solved.size()));
            first += rows;
        }
        return solver.twoSided(weighted, solved);
    }

    private static List<LayerProblem> damped(List<LayerProblem> problems) {
        return problems.stream().map(problem -> problem.damped(DAMPING)).toList();
    }

    private static double[] ones(int outputs) {
        double[] ones = new double[outputs];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static StageError rounded(List<LayerProblem> problems, WeightFormat format) {
        List<? extends CompressedLayer> rounded =
                LayerSolvers.nearestMinMax(format).solve(problems);
        return stage(
                Stage.ROUNDED,
                problems,
                rounded.stream().map(CompressedLayer::weights).toList());
    }

    private static StageError pruned(List<LayerProblem> problems, List<PrunedWeights> left) {
        return stage(
                Stage.PRUNED,
                problems,
                left.stream().map(PrunedWeights::weights).toList());
    }

    private static StageError stage(Stage stage, List<LayerProblem> problems, List<WeightMatrix> weights) {
        return new StageError(stage, LayerError.of(problems, weights).relative());
    }

    private static List<CompressedLayer> groups(
            List<LayerProblem> problems,
            Optional<List<PrunedWeights>> pruned,
            Function<List<LayerProblem>, List<? extends CompressedLayer>> solver) {
        List<LayerProblem> left = new ArrayList<>();
        for (int group = 0; group < problems.size(); group++) {
            LayerProblem problem = problems.get(group);
            int index = group;
            left.add(pruned.map(found -> problem.pruned(found.get(index).weights()))
                    .orElse(problem));
        }
        return List.copyOf(solver.apply(left));
    }

    private static float[] correctedBias(Layer layer, List<LayerProblem> problems, List<CompressedLayer> groups) {
        float[] bias = layer.biasValues().clone();
        int row = 0;
        for (int group = 0; group < groups.size(); group++) {
            for (double shift :
                    BiasCorrection.shift(problems.get(group), groups.get(group).weights())) {
                bias[row++] += (float) shift;
            }
        }
        return bias;
    }

    /** What the new weights cost. */
    LayerError error() {
        return moments.error(factors);
    }

    /**
     * What the new weights make of independent noise on every input: tr(Ŵ D Ŵᵀ) / tr(W H Wᵀ). An input that is smaller
     * than the noise is lost, which costs no more than its own power: D has the lesser of both on its diagonal.
     *
     * @param noise variance of the noise
     */
    double inputError(double noise) {
        double error = 0;
        int row = 0;
        for (int group = 0; group < inputPowers.size(); group++) {
            WeightMatrix weights = only().groups().get(group).weights();
            double[] powers = inputPowers.get(group);
            for (int i = 0; i < weights.rows(); i++, row++) {
                for (int col = 0; col < powers.length; col++) {
                    double weight = factors[row] * weights.at(i, col);
                    error += weight * weight * Math.min(noise, powers[col]);
                }
            }
        }
        return new LayerError(error, moments.error(factors).energy()).relative();
    }

    /** What each stage brought the error to; the last one is {@link #error}. */
    List<StageError> stages() {
        List<StageError> stages = new ArrayList<>(before);
        double[] ones = ones(factors.length);
        stages.add(new StageError(Stage.SOLVED, moments.error(ones).relative()));
        if (!Arrays.equals(factors, ones)) {
            stages.add(new StageError(Stage.REFINED, error().relative()));
        }
        return stages;
    }

    /** The layer, where it is the only user of its weights. */
    ReplacedLayer only() {
        return layers.get(0);
    }

    /** True if the weights have so few bits that how they are rounded tells. */
    boolean isCoarse() {
        return format.map(WeightFormat::bits).orElse(FINE_BITS) < FINE_BITS;
    }

    /** True if outputs may be scaled and shifted one by one: by their own scales, by a bias, for one user alone. */
    boolean isFree() {
        return layers.size() == 1
                && format.map(WeightFormat::sharing).orElse(WeightFormat.Sharing.CHANNEL) != WeightFormat.Sharing.TENSOR
                && only().layer().site().takesBias();
    }

    /** The factors, raised where scales would fall below what may be stored. */
    double[] storable(double[] wanted) {
        double[] storable = wanted.clone();
        int row = 0;
        for (CompressedLayer group : only().groups()) {
            if (group instanceof QuantizedWeights quantized) {
                int blocks = quantized.blocks().count();
                for (int i = 0; i < quantized.scales().length; i++) {
                    double least =
                            limits.scaleFloor()[row + i / blocks] / quantized.scales()[i];
                    storable[row + i / blocks] = Math.max(storable[row + i / blocks], least);
                }
            }
            row += only().layer().rowsPerGroup();
        }
        return storable;
    }

    /** The same with each output y of its only user changed to scale * y + shift. */
    LayerSolution mapped(ChannelAffine map) {
        double[] scaled = factors.clone();
        for (int row = 0; row < scaled.length; row++) {
            scaled[row] *= map.scale()[row];
        }
        return new LayerSolution(
                List.of(only().mapped(map)), format, limits, moments, inputPowers, scaled, before, seconds);
    }
}
