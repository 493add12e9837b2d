package lathe.engine.thinning;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lathe.engine.channel.ChannelClasses;
import lathe.engine.graph.ClipBounds;
import lathe.engine.graph.Graph;
import lathe.engine.graph.MeasuredChannels;
import lathe.engine.graph.Node;
import lathe.engine.layer.Layer;
import lathe.engine.tensor.WeightMatrix;

/**
 * How far channels may vary that were constant on the inputs at hand, because an activation function was flat where its
 * inputs lay. What varies before the function counts, with {@value #INFLATION} times its deviation s, but for
 * <ul>
 *   <li>outputs of layers that the bounds of what the layer reads keep on one side of a Relu or Clip: they count nothing;
 *   <li>channels that passed the bound now and then among at least {@value #MANY} numbers: they count {@value #SEEN} times
 *       the variance that was seen.
 * </ul>
 *
 * <p>Distances from a bound say little: synthetic images hardly excite late layers, and what lies 15 deviations below 0 there may
 * pass it in real images. Nor do statistics of training: other images may be far from them.
 */
final class HiddenVariation {

    static final double INFLATION = 2;

    private static final double SEEN = 100;
    private static final long MANY = 100_000;

    /** A channel whose deviation falls to less than this part in a function was flattened. */
    private static final double FLATTENED = 1e-2;

    /** A channel of less than this part of the deviation of the largest is a constant. */
    private static final double CONSTANT = 1e-6;

    /** Functions of one value, of which some have flat parts. */
    private static final Set<String> FUNCTIONS = Set.of(
            "Celu",
            "Clip",
            "Elu",
            "Gelu",
            "HardSigmoid",
            "HardSwish",
            "Max",
            "Min",
            "Mish",
            "PRelu",
            "Relu",
            "Selu",
            "Sigmoid",
            "Softplus",
            "Softsign",
            "Tanh",
            "ThresholdedRelu");

    private final Graph graph;
    private final ChannelClasses classes;
    private final Map<Node, Layer> layers = new HashMap<>();
    private final Map<String, MeasuredChannels> measured;
    private final Map<String, double[]> squares = new HashMap<>(); // by value behind a function

    private HiddenVariation(
            Graph graph, List<Layer> layers, ChannelClasses classes, Map<String, MeasuredChannels> measured) {
        this.graph = graph;
        this.classes = classes;
        this.measured = measured;
        layers.forEach(layer -> this.layers.put(layer.node(), layer));
    }

    /**
     * The largest such variation of each class.
     *
     * @param layers of the graph
     * @param measured by value
     * @return squares, one per class
     */
    static double[] of(
            Graph graph, List<Layer> layers, ChannelClasses classes, Map<String, MeasuredChannels> measured) {
        HiddenVariation hidden = new HiddenVariation(graph, layers, classes, measured);
        double[] largest = new double[classes.count()];
        for (Node node : graph.nodes()) {
            if (FUNCTIONS.contains(node.opType()) && hidden.visit(node)) {
                int[] numbers = classes.of(node.output()).orElseThrow().classes();
                double[] found = hidden.squares.get(node.output());
                for (int c = 0; c < numbers.length; c++) {
                    largest[numbers[c]] = Math.max(largest[numbers[c]], found[c]);
                }
            }
        }
        return largest;
    }

    private boolean visit(Node node) {
        String value = node.inputs().stream()
                .filter(input -> classes.of(input).isPresent())
                .findFirst()
                .orElse("");
        MeasuredChannels before = measured.get(value);
        MeasuredChannels behind = measured.get(node.output());
        if (before == null || behind == null || classes.of(node.output()).isEmpty()) {
            return false;
        }
        Optional<ClipBounds> bounds = ClipBounds.of(graph, node);
        double[] found = new double[classes.of(node.output()).orElseThrow().classes().length];
        boolean[] proven = bounds.map(range -> provenFlat(value, range)).orElse(new boolean[found.length]);
        for (int c = 0; c < found.length; c++) {
            double spread = INFLATION * before.deviation(c);
            double seen = behind.deviation(c);
            double square = spread * spread;
            if (proven[c] || (bounds.isEmpty() && seen >= FLATTENED * before.deviation(c))) {
                square = 0;
            } else if (seen > 0 && behind.samples() >= MANY) {
                square = Math.min(square, SEEN * seen * seen);
            }
            found[c] = square;
        }
        squares.put(node.output(), found);
        return true;
    }

    /** Outputs of a layer that lie on one side of a range whatever the layer reads. */
    private boolean[] provenFlat(String value, ClipBounds range) {
        Layer layer = graph.producer(value).map(layers::get).orElse(null);
        boolean[] flat = new boolean[classes.of(value).orElseThrow().classes().length];
        if (layer == null || layer.rows() != flat.length) {
            return flat;
        }
        double[][] read = ranges(layer);
        float[] bias = layer.biasValues();
        List<WeightMatrix> matrices = layer.matrices();
        for (int row = 0; row < flat.length; row++) {
            int group = row / layer.rowsPerGroup();
            WeightMatrix weights = matrices.get(group);
            double least = bias[row];
            double most = bias[row];
            for (int col = 0; col < weights.cols(); col++) {
                double weight = weights.at(row % layer.rowsPerGroup(), col);
                if (weight != 0) {
                    double[] input = read[(group * weights.cols() + col) / layer.taps()];
                    least += Math.min(weight * input[0], weight * input[1]);
                    most += Math.max(weight * input[0], weight * input[1]);
                }
            }
            flat[row] = most <= range.low() || least >= range.high();
        }
        return flat;
    }

    /** Least and largest number that each input channel of a layer may have, the zeros of its padding among them. */
    private double[][] ranges(Layer layer) {
        double[] any = {Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY};
        double[][] ranges = new double[layer.layout().inputs()][];
        double[] wide = ClipBounds.ofValue(graph, layer.input())
                .map(bounds -> new double[] {bounds.low(), bounds.high()})
                .orElse(any);
        Arrays.fill(ranges, wide);
        MeasuredChannels known = measured.get(layer.input());
        double[] hidden = squares.get(layer.input());
        if (known != null && hidden != null && hidden.length == ranges.length) {
            double largest = 0;
            for (float deviation : known.moments().deviation()) {
                largest = Math.max(largest, deviation);
            }
            for (int c = 0; c < ranges.length; c++) {
                if (Math.max(known.deviation(c), Math.sqrt(hidden[c])) < CONSTANT * largest) {
                    ranges[c] = new double[] {Math.min(0, known.mean(c)), Math.max(0, known.mean(c))};
                }
            }
        }
        return ranges;
    }
}
