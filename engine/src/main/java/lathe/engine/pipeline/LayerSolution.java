package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import lathe.engine.graph.ChannelAffine;
import lathe.engine.grid.CodedFormat;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.CompressedLayer;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.KernelLimits;
import lathe.engine.layer.Layer;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.layer.SolvedLayer;
import lathe.engine.report.StageError;
import lathe.engine.report.StageError.Stage;
import lathe.engine.solve.BiasCorrection;
import lathe.engine.task.LayerConfig;
import lathe.engine.task.LayerResult;
import lathe.engine.tensor.Float16;

/**
 * New weights for layers that share theirs.
 *
 * @param layers one for each user, in graph order; they differ in the bias
 * @param config by which the weights were found
 * @param limits that the weights keep to
 * @param result with the users' statistics averaged and nothing scaled
 * @param factors by which the weights of each output were scaled after that
 */
record LayerSolution(
        List<SolvedLayer> layers, LayerConfig config, KernelLimits limits, LayerResult result, double[] factors) {

    /** What rounding biases may add to the error of the weights, as a share of it. */
    private static final double MOST_OF_BIASES = 0.01;

    /**
     * Corrects every user's bias so that the mean of each output does not change.
     *
     * @param statistics of every user, by layer name
     */
    static LayerSolution of(
            SharedLayers shared,
            Map<String, InputStatistics> statistics,
            LayerConfig config,
            KernelLimits limits,
            LayerResult result) {
        List<SolvedLayer> layers = new ArrayList<>();
        for (Layer user : shared.users()) {
            List<LayerProblem> own = user.problems(statistics.get(user.name()), limits);
            layers.add(new SolvedLayer(user, result.groups(), correctedBias(user, own, result.groups())));
        }
        return new LayerSolution(
                layers, config, limits, result, ones(shared.first().rows()));
    }

    private static double[] ones(int outputs) {
        double[] ones = new double[outputs];
        Arrays.fill(ones, 1);
        return ones;
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
        return result.moments().error(factors);
    }

    /** What independent noise of this variance on every input costs, see {@link LayerResult#inputError}. */
    double inputError(double noise) {
        return result.inputError(noise, factors);
    }

    /** What each stage brought the error to; the last one is {@link #error}. */
    List<StageError> stages() {
        List<StageError> stages = new ArrayList<>(result.before());
        double[] ones = ones(factors.length);
        stages.add(new StageError(Stage.SOLVED, result.moments().error(ones).relative()));
        if (!Arrays.equals(factors, ones)) {
            stages.add(new StageError(Stage.REFINED, error().relative()));
        }
        return stages;
    }

    /** The layer, where it is the only user of its weights. */
    SolvedLayer only() {
        return layers.get(0);
    }

    /** True if outputs may be scaled and shifted: by the scales, by a bias, for one user alone. */
    boolean isFree() {
        return layers.size() == 1 && only().layer().site().takesBias();
    }

    /**
     * The same with biases in half precision, 11 bits, where that loses no more than a hundredth of what the weights lose: 0.04
     * dB. They then take half the room in an archive.
     */
    LayerSolution withHalfBiases() {
        List<SolvedLayer> rounded = new ArrayList<>();
        for (SolvedLayer layer : layers) {
            float[] halves = new float[layer.bias().length];
            double lost = 0;
            for (int i = 0; i < halves.length; i++) {
                halves[i] = toHalf(layer.bias()[i]);
                lost += Math.pow(halves[i] - layer.bias()[i], 2);
            }
            boolean harmless = lost <= MOST_OF_BIASES * error().error();
            rounded.add(harmless ? new SolvedLayer(layer.layer(), layer.groups(), halves) : layer);
        }
        return new LayerSolution(rounded, config, limits, result, factors);
    }

    /** The nearest number of half precision, but for those beyond its range. */
    private static float toHalf(float value) {
        float half = Float16.toFloat(Float16.of(value));
        return Float.isInfinite(half) ? value : half;
    }

    /**
     * The factors as scales can have them: outputs that share a scale have the mean of theirs, weighted by energy; and they
     * are raised where scales would fall below what may be stored.
     */
    double[] storable(double[] wanted) {
        double[] least = leastFactors();
        double[] energy = result.moments().energy();
        double[] storable = new double[wanted.length];
        int shared = outputsOfAScale();
        for (int from = 0; from < wanted.length; from += shared) {
            double all = 0;
            double sum = 0;
            double floor = 0;
            for (int row = from; row < from + shared; row++) {
                all += energy[row];
                sum += energy[row] * wanted[row];
                floor = Math.max(floor, least[row]);
            }
            double factor = shared == 1 ? wanted[from] : all > 0 ? sum / all : 1;
            Arrays.fill(storable, from, from + shared, Math.max(factor, floor));
        }
        return storable;
    }

    private int outputsOfAScale() {
        Layer layer = only().layer();
        return config.format()
                .filter(format -> format.sharing() == WeightFormat.Sharing.TENSOR)
                .map(format -> format instanceof CodedFormat ? layer.rowsPerGroup() : layer.rows())
                .orElse(1);
    }

    /** With which no scale falls below what may be stored. */
    private double[] leastFactors() {
        double[] least = new double[factors.length];
        int row = 0;
        for (CompressedLayer group : only().groups()) {
            if (group instanceof QuantizedWeights quantized) {
                int blocks = quantized.blocks().count();
                for (int i = 0; i < quantized.scales().length; i++) {
                    double floor =
                            limits.scaleFloor()[row + i / blocks] / quantized.scales()[i];
                    least[row + i / blocks] = Math.max(least[row + i / blocks], floor);
                }
            }
            row += only().layer().rowsPerGroup();
        }
        return least;
    }

    /** The same with each output y of its only user changed to scale * y + shift. */
    LayerSolution mapped(ChannelAffine map) {
        double[] scaled = factors.clone();
        for (int row = 0; row < scaled.length; row++) {
            scaled[row] *= map.scale()[row];
        }
        return new LayerSolution(List.of(only().mapped(map)), config, limits, result, scaled);
    }
}
