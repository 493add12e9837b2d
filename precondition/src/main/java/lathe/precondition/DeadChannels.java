package lathe.precondition;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import lathe.engine.graph.Node;
import lathe.engine.layer.LayerChannels;

/**
 * Decides which channels between layers are dead. Forward, constants are pushed into the layers that read them, whose
 * weights for them become zero; backward, what no weight reads is dead, and with it the weights that write it. In front
 * of a depthwise layer, a channel is dead where those behind it are.
 */
final class DeadChannels {

    private final LayerChains layers;
    private final Map<Node, Chain> into = new HashMap<>();
    private final Map<Node, Chain> outOf = new HashMap<>();
    private final Map<Chain, double[]> constants = new HashMap<>();
    private final Map<Chain, boolean[]> dead = new HashMap<>();
    private int behindPadding;

    /** Looks through all chains; the layers stay as they are. */
    DeadChannels(LayerChains given) {
        layers = given.copy();
        List<Chain> chains = layers.chains();
        for (Chain chain : chains) {
            outOf.put(chain.first(), chain);
            into.put(chain.second(), chain);
        }
        chains.forEach(this::pushConstants);
        for (int i = chains.size() - 1; i >= 0; i--) {
            boolean[] unread = unread(chains.get(i));
            dead.put(chains.get(i), unread);
            layers.scaleWriting(
                    chains.get(i),
                    IntStream.range(0, unread.length)
                            .mapToDouble(c -> unread[c] ? 0 : 1)
                            .toArray());
        }
    }

    /** True for each dead channel of a chain; never for all of them. */
    boolean[] in(Chain chain) {
        return dead.get(chain).clone();
    }

    /** What each dead channel brings to the second layer, whatever the input; zero for channels that live. */
    double[] constants(Chain chain) {
        double[] values = constants.get(chain).clone();
        Arrays.setAll(values, c -> dead.get(chain)[c] && !Double.isNaN(values[c]) ? values[c] : 0);
        return values;
    }

    /** How many constant channels live on because the layer behind pads. */
    int behindPadding() {
        return behindPadding;
    }

    private void pushConstants(Chain chain) {
        double[] values = new double[chain.channels()];
        LayerChannels first = layers.first(chain);
        float[] magnitudes = first.outputMagnitudes();
        float[] bias = first.bias();
        for (int c = 0; c < values.length; c++) {
            values[c] = magnitudes[c] == 0 ? behind(chain.links(), c, bias[c]) : Double.NaN;
            if (values[c] != 0
                    && !Double.isNaN(values[c])
                    && layers.second(chain).hasBorder()) {
                values[c] = Double.NaN;
                behindPadding++;
            }
        }
        constants.put(chain, values);
        layers.feed(
                chain, Arrays.stream(values).map(v -> Double.isNaN(v) ? 0 : v).toArray());
        layers.scaleReading(
                chain, Arrays.stream(values).map(v -> Double.isNaN(v) ? 1 : 0).toArray());
    }

    /** What the links make of a constant channel; NaN if it is not constant any more, or not finite. */
    private static double behind(List<Link> links, int channel, double constant) {
        double value = constant;
        for (Link link : links) {
            value = link.ofConstant(channel, value).orElse(Double.NaN);
        }
        return Double.isFinite(value) ? value : Double.NaN;
    }

    /** The channels that can go because the second layer does not read them. */
    private boolean[] unread(Chain chain) {
        LayerChannels first = layers.first(chain);
        boolean[] unread = readsNothing(chain);
        int together = first.isDepthwise() ? first.outputs() / first.inputs() : 1;
        boolean[] gone = new boolean[unread.length];
        boolean movable = first.groups() == 1 || (first.isDepthwise() && canLoseInputs(first));
        for (int start = 0; movable && start < gone.length; start += together) {
            boolean all = IntStream.range(start, start + together).allMatch(c -> unread[c]);
            Arrays.fill(gone, start, start + together, all);
        }
        if (IntStream.range(0, gone.length).allMatch(c -> gone[c])) {
            Arrays.fill(gone, 0, together, false);
        }
        return gone;
    }

    private boolean[] readsNothing(Chain chain) {
        LayerChannels second = layers.second(chain);
        boolean[] nothing = new boolean[chain.channels()];
        if (second.isDepthwise()) {
            boolean[] behind =
                    outOf.containsKey(second.node()) ? in(outOf.get(second.node())) : new boolean[second.outputs()];
            int together = second.outputs() / second.inputs();
            fill(nothing, c -> IntStream.range(c * together, (c + 1) * together).allMatch(o -> behind[o]));
        } else if (second.groups() == 1) {
            float[] magnitudes = second.inputMagnitudes();
            int together = chain.inputsPerChannel();
            fill(nothing, c -> IntStream.range(c * together, (c + 1) * together).allMatch(i -> magnitudes[i] == 0));
        }
        return nothing;
    }

    /** True if the channels that a depthwise layer reads can go with those that it writes. */
    private boolean canLoseInputs(LayerChannels depthwise) {
        Chain before = into.get(depthwise.node());
        if (before == null) {
            return false;
        }
        LayerChannels first = layers.first(before);
        return first.groups() == 1
                || (first.isDepthwise() && first.outputs() == first.inputs() && canLoseInputs(first));
    }

    private static void fill(boolean[] flags, IntPredicate value) {
        for (int i = 0; i < flags.length; i++) {
            flags[i] = value.test(i);
        }
    }
}
