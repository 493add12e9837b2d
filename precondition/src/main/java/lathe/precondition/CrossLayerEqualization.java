package lathe.precondition;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.pipeline.GraphPass;

/**
 * Rescales channels so that each takes up the same share of the weights' range in the layer that writes it and in the
 * layer that reads it: Nagel et al., arXiv 1906.04721, section 4.1. With r1 the largest absolute weight of a channel in
 * the first layer and r2 that in the second, the first is multiplied by s = sqrt(r1 r2) / r1 and the second divided by
 * it, pair after pair, round after round, until no s is further than {@value #SETTLED} from 1. Known statistics of the
 * values between are multiplied by s.
 *
 * <p>The network computes what it did, up to rounding. One whose channels are equal to {@value #EQUAL} already is not
 * touched, so a second time changes nothing.
 *
 * <p>Deviations: (1) An r counts as at least {@value #LEAST} of the largest r in its layer. A channel that is nearly
 * dead in one layer thus leaves the range of the other to the rest, and is not blown up without bounds; one with r = 0
 * stays. (2) The paper takes ReLU6 for ReLU, which changes what the network computes. Here a Clip that starts at 0 is
 * left alone, with the pair around it, or becomes a Relu and a Min with a ceiling of its own for each channel.
 *
 * <p>Each round is a few passes over the weights; 10 to 30 rounds. Immutable and thread-safe.
 */
record CrossLayerEqualization(Clips clips) implements GraphPass {

    /** What becomes of a Clip between two layers. */
    enum Clips {
        STAY,
        BECOME_MIN
    }

    private static final double EQUAL = 0.01;
    private static final double SETTLED = 0.001;
    private static final double LEAST = 0.01;
    private static final int MOST_ROUNDS = 100;

    /** A pair of layers and what its channels have been multiplied by so far. */
    private record Pair(Chain chain, double[] scale) {}

    @Override
    public String name() {
        return clips == Clips.STAY ? "cross-layer-equalization" : "cross-layer-equalization-through-clips";
    }

    @Override
    public Result apply(Graph graph) {
        LayerChains layers = new LayerChains(graph);
        List<Pair> pairs = layers.chains().stream()
                .filter(this::takes)
                .map(chain -> new Pair(chain, LayerChains.ones(chain.channels())))
                .toList();
        List<String> changes = new ArrayList<>();
        Graph result = graph;
        if (pairs.stream().anyMatch(pair -> distance(step(layers, pair.chain())) > EQUAL)) {
            settle(layers.copy(), pairs);
            result = rescaled(graph, layers, pairs);
            changes.add(summary(pairs));
        }
        int stay = layers.chains().size() - pairs.size();
        if (stay > 0) {
            changes.add("%d pairs of layers not equalized: the Clip between them has the same bounds for all channels"
                    .formatted(stay));
        }
        changes.addAll(layers.left());
        return new Result(result, changes);
    }

    private boolean takes(Chain chain) {
        return clips == Clips.BECOME_MIN || chain.links().stream().noneMatch(Link.Clip.class::isInstance);
    }

    /** Rescales until nothing moves; the layers end up equalized, the pairs hold the scales. */
    private static void settle(LayerChains layers, List<Pair> pairs) {
        double furthest = Double.POSITIVE_INFINITY;
        for (int round = 0; round < MOST_ROUNDS && furthest > SETTLED; round++) {
            furthest = 0;
            for (Pair pair : pairs) {
                double[] step = step(layers, pair.chain());
                layers.rescale(pair.chain(), step);
                Arrays.setAll(pair.scale(), c -> pair.scale()[c] * step[c]);
                furthest = Math.max(furthest, distance(step));
            }
        }
    }

    /** The factors that make the channels of one pair equal. */
    private static double[] step(LayerChains layers, Chain chain) {
        double[] written = magnitudes(layers.first(chain).outputMagnitudes(), chain.channels());
        double[] read = magnitudes(layers.second(chain).inputMagnitudes(), chain.channels());
        double[] step = new double[chain.channels()];
        double leastWritten = LEAST * Arrays.stream(written).max().orElse(0);
        double leastRead = LEAST * Arrays.stream(read).max().orElse(0);
        for (int c = 0; c < step.length; c++) {
            double s = Math.sqrt(Math.max(read[c], leastRead) / Math.max(written[c], leastWritten));
            boolean alive = written[c] > 0 && read[c] > 0 && Double.isFinite(s);
            step[c] = alive ? s : 1;
        }
        return step;
    }

    /** Of one value per input or output the largest of each channel; zero where it is not finite. */
    private static double[] magnitudes(float[] each, int channels) {
        double[] largest = new double[channels];
        for (int i = 0; i < each.length; i++) {
            int channel = i * channels / each.length;
            largest[channel] = Float.isFinite(each[i]) ? Math.max(largest[channel], each[i]) : 0;
        }
        return largest;
    }

    private static double distance(double[] step) {
        return Arrays.stream(step).map(s -> Math.abs(s - 1)).max().orElse(0);
    }

    private static Graph rescaled(Graph graph, LayerChains layers, List<Pair> pairs) {
        GraphEdit edit = graph.edit();
        for (Pair pair : pairs) {
            layers.rescale(pair.chain(), pair.scale());
            pair.chain().links().forEach(link -> link.scale(edit, pair.scale()));
            for (String value : pair.chain().values()) {
                ChannelStatistics known = graph.statistics().get(value);
                if (known != null) {
                    edit.statistics(value, scaled(known, pair.scale()));
                }
            }
        }
        layers.writeTo(edit);
        return edit.build();
    }

    private static ChannelStatistics scaled(ChannelStatistics known, double[] scale) {
        float[] mean = known.mean().clone();
        float[] deviation = known.deviation().clone();
        for (int c = 0; c < mean.length; c++) {
            double s = scale[c * scale.length / mean.length];
            mean[c] = (float) (s * mean[c]);
            deviation[c] = (float) (s * deviation[c]);
        }
        return new ChannelStatistics(mean, deviation);
    }

    private static String summary(List<Pair> pairs) {
        double least = 1;
        double largest = 1;
        for (Pair pair : pairs) {
            least = Math.min(least, Arrays.stream(pair.scale()).min().orElse(1));
            largest = Math.max(largest, Arrays.stream(pair.scale()).max().orElse(1));
        }
        return String.format(
                Locale.ROOT,
                "equalized the channels between %d pairs of layers, by factors from %.2g to %.2g",
                pairs.size(),
                least,
                largest);
    }
}
