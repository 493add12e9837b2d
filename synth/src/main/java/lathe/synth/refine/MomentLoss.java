package lathe.synth.refine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import lathe.synth.network.Tensor;

/**
 * How far the channels of some values are from the mean μ and the deviation σ that they had in training, in units of that
 * deviation: the sum over values of the mean over channels of ((m - μ)² + (s - σ)²) / σ², with m and s over all images and
 * positions. The BatchNormalization term of DeepInversion (Yin et al., arXiv 1912.08795, equation 4) and ZeroQ (Cai et
 * al., arXiv 2001.00281, equation 3), which do not divide.
 *
 * <p>Its gradient at a value x is affine, α + β (x - μ) with α and β per channel. These are all that images have to know of
 * one another, so any number of images takes the memory of a few.
 *
 * <p>Immutable and thread-safe.
 *
 * @param graph the network, which reads α and β of each value as further inputs, and whose outputs are the means of x - μ
 *     and of its square, per image and channel
 * @param terms by the name of the value
 */
record MomentLoss(Graph graph, Map<String, Term> terms) {

    /** Channels that varied less than this part of what the others did are measured against that. */
    private static final double LEAST_DEVIATION = 0.05;

    private static final double LEAST_VARIANCE = 1e-12;

    /**
     * One value.
     *
     * @param wanted its moments in training
     * @param units what a squared difference of each channel is divided by
     * @param positions of one image
     * @param dims 1 x channels x 1 ..., of α and β
     * @param seed name of the gradient at the value
     * @param alpha name of an input
     * @param beta name of an input
     * @param mean name of an output
     * @param square name of an output
     */
    record Term(
            ChannelStatistics wanted,
            double[] units,
            long positions,
            long[] dims,
            String seed,
            String alpha,
            String beta,
            String mean,
            String square) {}

    /**
     * The loss of all values of a network whose statistics in training are known.
     *
     * @param shapes of these values, batch and channels first
     */
    static MomentLoss of(Graph graph, Function<String, Optional<List<Long>>> shapes) {
        GraphEdit edit = graph.edit();
        Map<String, Term> terms = new LinkedHashMap<>();
        for (Node node : graph.nodes()) {
            Optional.ofNullable(graph.statistics().get(node.output()))
                    .ifPresent(wanted -> shapes.apply(node.output())
                            .filter(shape -> shape.size() >= 2 && shape.get(1) == wanted.channels())
                            .ifPresent(shape -> terms.put(node.output(), measured(edit, node, wanted, shape))));
        }
        List<Value> outputs = new ArrayList<>();
        List<Value> inputs = new ArrayList<>(graph.inputs());
        terms.values().forEach(term -> {
            outputs.addAll(List.of(Value.ofFloat(term.mean()), Value.ofFloat(term.square())));
            List<Value.Dim> dims =
                    Arrays.stream(term.dims()).mapToObj(Value.Dim::fixed).toList();
            for (String name : List.of(term.alpha(), term.beta())) {
                inputs.add(new Value(name, ElementType.FLOAT, Optional.of(dims), Optional.empty()));
            }
        });
        return new MomentLoss(edit.outputs(outputs).build().withInputs(inputs), terms);
    }

    private static Term measured(GraphEdit edit, Node node, ChannelStatistics wanted, List<Long> shape) {
        long[] dims = new long[shape.size()];
        Arrays.fill(dims, 1);
        dims[1] = wanted.channels();
        String centre = edit.putFresh(Initializer.ofFloats("moment_centre", wanted.mean(), dims));
        String centred = add(edit, node, "Sub", node.output(), centre);
        String squared = add(edit, node, "Mul", centred, centred);
        boolean spatial = shape.size() > 2;
        String alpha = edit.freshName("moment_alpha");
        String beta = edit.freshName("moment_beta");
        return new Term(
                wanted,
                units(wanted),
                shape.stream().skip(2).reduce(1L, Math::multiplyExact),
                dims,
                add(edit, node, "Add", add(edit, node, "Mul", centred, beta), alpha),
                alpha,
                beta,
                spatial ? add(edit, node, "GlobalAveragePool", centred) : centred,
                spatial ? add(edit, node, "GlobalAveragePool", squared) : squared);
    }

    private static String add(GraphEdit edit, Node behind, String operator, String... inputs) {
        String name = edit.freshName("moment_" + operator);
        edit.insertAfter(behind, Node.of(name, operator, List.of(inputs), List.of(name), Map.of()));
        return name;
    }

    /** The gradients of the loss at its values, by their names. */
    Map<String, String> seeds() {
        Map<String, String> seeds = new LinkedHashMap<>();
        terms.forEach((value, term) -> seeds.put(value, term.seed()));
        return seeds;
    }

    /** The outputs of {@link #graph()}. */
    List<String> outputs() {
        return graph.outputs().stream().map(Value::name).toList();
    }

    /**
     * α and β for all images together, times the number of images, so that they do not depend on it.
     *
     * @param moments of {@link #outputs()} over all images
     */
    Map<String, Tensor> coefficients(MeanOutputs moments) {
        Map<String, Tensor> coefficients = new LinkedHashMap<>();
        terms.values().forEach(term -> {
            int channels = term.wanted().channels();
            float[] alpha = new float[channels];
            float[] beta = new float[channels];
            for (int c = 0; c < channels; c++) {
                double mean = moments.of(term.mean(), c);
                double deviation = deviation(mean, moments.of(term.square(), c));
                double unit = term.units()[c] * channels * term.positions();
                double slope = 2 * (deviation - term.wanted().deviation()[c]) / (deviation * unit);
                alpha[c] = (float) (2 * mean / unit - slope * mean);
                beta[c] = (float) slope;
            }
            coefficients.put(term.alpha(), Tensor.of(alpha, term.dims()));
            coefficients.put(term.beta(), Tensor.of(beta, term.dims()));
        });
        return coefficients;
    }

    /** The loss, from the same moments. */
    double value(MeanOutputs moments) {
        return terms.values().stream().mapToDouble(term -> value(term, moments)).sum();
    }

    private static double value(Term term, MeanOutputs moments) {
        int channels = term.wanted().channels();
        double sum = 0;
        for (int c = 0; c < channels; c++) {
            double mean = moments.of(term.mean(), c);
            double excess = deviation(mean, moments.of(term.square(), c))
                    - term.wanted().deviation()[c];
            sum += (mean * mean + excess * excess) / term.units()[c];
        }
        return sum / channels;
    }

    /** From the means of x - μ and of its square. */
    private static double deviation(double mean, double square) {
        return Math.sqrt(Math.max(square - mean * mean, LEAST_VARIANCE));
    }

    private static double[] units(ChannelStatistics wanted) {
        double usual = 0;
        for (float deviation : wanted.deviation()) {
            usual += (double) deviation * deviation / wanted.channels();
        }
        double[] units = new double[wanted.channels()];
        for (int c = 0; c < units.length; c++) {
            double own = wanted.deviation()[c];
            units[c] = Math.max(own * own, LEAST_DEVIATION * LEAST_DEVIATION * usual) + LEAST_VARIANCE;
        }
        return units;
    }
}
