package lathe.engine.thinning;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.channel.ChannelClasses;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.MeasuredChannels;
import lathe.engine.graph.Node;
import lathe.engine.layer.Layer;
import lathe.engine.layer.LayerChannels;

/**
 * Channels that carry nothing: without them, every layer that reads them computes what it did, but for {@value #TOLERANCE} of
 * the variation of its outputs, since they do not vary, or no weight reads them. What a channel is on average goes into the
 * biases of these layers; where a layer has none, or pads, and so does not read the mean everywhere, the mean counts as
 * variation. If what the inputs at hand may have hidden ({@link HiddenVariation}) came out, it would be {@value #RISK} of that
 * variation.
 *
 * <p>Channels that only channels without effect read have none, so the search is repeated until it finds no more.
 */
public final class FreeChannels {

    /** Squared effect of a class on a layer, by the variance of the layer's outputs. */
    private static final double TOLERANCE = 1e-7;

    /** The same if the class varied as far as it may. */
    private static final double RISK = 1e-6;

    private final Graph graph;
    private final ChannelClasses classes;
    private final Map<String, MeasuredChannels> measured;
    private final Reader.All readers;
    private final double[] hidden;
    private final double strictness;

    private FreeChannels(
            Graph graph,
            List<Layer> layers,
            ChannelClasses classes,
            Map<String, MeasuredChannels> measured,
            double strictness) {
        this.strictness = strictness;
        this.graph = graph;
        this.classes = classes;
        this.measured = measured;
        this.readers = Reader.of(layers, classes);
        this.hidden = HiddenVariation.of(graph, layers, classes, measured);
    }

    /**
     * Finds them. Costs a few passes over the weights.
     *
     * @param layers of the graph
     * @param classes of the graph
     * @param measured of all values of the classes, along their axes
     * @param strictness by which the effects that are allowed are divided: 1, or more for a network that amplifies them
     */
    public static BitSet of(
            Graph graph,
            List<Layer> layers,
            ChannelClasses classes,
            Map<String, MeasuredChannels> measured,
            double strictness) {
        FreeChannels search = new FreeChannels(graph, layers, classes, measured, strictness);
        BitSet gone = new BitSet();
        BitSet more = search.without(gone);
        while (!more.equals(gone)) {
            gone = more;
            more = search.without(gone);
        }
        return gone;
    }

    /** The classes that have no effect if others are gone. */
    private BitSet without(BitSet gone) {
        BitSet free = new BitSet();
        free.set(0, classes.count());
        free.andNot(readers.unknown());
        for (Reader reader : readers.readers()) {
            double[] reach = reader.reach(row -> !gone.get(reader.outputs()[row]));
            double variance = variance(reader, gone) / strictness;
            clear(free, reader, effects(reader, reach), TOLERANCE * variance);
            double[] awake = new double[classes.count()];
            for (int input = 0; input < reach.length; input++) {
                awake[reader.inputs()[input]] += reach[input] * Math.sqrt(hidden[reader.inputs()[input]]);
            }
            clear(free, reader, awake, RISK * variance);
        }
        return classes.removable(free);
    }

    private static void clear(BitSet free, Reader reader, double[] effects, double largestSquare) {
        for (int number : reader.inputs()) {
            if (effects[number] * effects[number] > largestSquare) {
                free.clear(number);
            }
        }
    }

    /** How far each class moves the outputs of a reader. */
    private double[] effects(Reader reader, double[] reach) {
        boolean shifts = LayerChannels.of(graph, reader.layer().node())
                .filter(layer -> !layer.hasBorder())
                .isPresent();
        MeasuredChannels read = measured.get(reader.layer().input());
        double[] effects = new double[classes.count()];
        for (int input = 0; input < reach.length; input++) {
            if (reach[input] > 0) {
                double varies = read == null
                        ? Double.POSITIVE_INFINITY
                        : read.deviation(input) + (shifts ? 0 : Math.abs(read.mean(input)));
                effects[reader.inputs()[input]] += reach[input] * varies;
            }
        }
        return effects;
    }

    /** The sum of the variances of the outputs that are kept. */
    private double variance(Reader reader, BitSet gone) {
        MeasuredChannels written = measured.get(reader.layer().output());
        double sum = 0;
        for (int row = 0; written != null && row < reader.outputs().length; row++) {
            if (!gone.get(reader.outputs()[row])) {
                sum += (double) written.deviation(row) * written.deviation(row);
            }
        }
        return sum;
    }

    /**
     * The graph in which nothing reads some classes: what they are on average is in the biases of the layers that read them,
     * whose weights for them are 0, unless other layers share these.
     *
     * @param free classes that {@link #of} finds
     */
    public static Graph unread(
            Graph graph, ChannelClasses classes, Map<String, MeasuredChannels> measured, BitSet free) {
        GraphEdit edit = graph.edit();
        for (Node node : classes.mixing()) {
            MeasuredChannels read = measured.get(node.inputs().get(0));
            Optional<LayerChannels> found = LayerChannels.of(graph, node);
            if (found.isPresent() && read != null) {
                LayerChannels layer = found.get();
                int[] numbers = classes.of(node.inputs().get(0)).orElseThrow().classes();
                double[] means = new double[layer.inputs()];
                double[] kept = ones(layer.inputs());
                for (int input = 0; input < numbers.length; input++) {
                    if (free.get(numbers[input])) {
                        means[input] = read.mean(input);
                        kept[input] = 0;
                    }
                }
                LayerChannels shifted = layer.withOutputs(ones(layer.outputs()), layer.response(means));
                boolean shared = graph.consumers(node.inputs().get(1)).size() > 1;
                (shared ? shifted : shifted.withInputs(kept)).writeTo(edit);
            }
        }
        return edit.build();
    }

    private static double[] ones(int count) {
        double[] ones = new double[count];
        Arrays.fill(ones, 1);
        return ones;
    }
}
