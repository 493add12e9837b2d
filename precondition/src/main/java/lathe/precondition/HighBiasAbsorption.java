package lathe.precondition;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.pipeline.GraphPass;

/**
 * Moves what a channel has at least from the bias of the layer that writes it into the bias of the layer behind the
 * rectifier: Nagel et al., arXiv 1906.04721, section 4.3. With mean and deviation of the first layer's output, that is
 * c = max(0, mean - 3 deviation): the first bias loses c, the second gains c times the sum of its weights over inputs
 * and taps.
 *
 * <p>This is an approximation, in contrast to the other passes: a value x below c comes out as that of c, so outputs
 * change where one is more than 3 deviations below its mean (0.13 % of the values, were they Gaussian). For all other
 * inputs they stay what they were, up to rounding.
 *
 * <p>Left alone: pairs without statistics or without a rectifier between them, and those whose second layer pads, where
 * a border would be told of a c that it has not got. Immutable and thread-safe.
 */
final class HighBiasAbsorption implements GraphPass {

    private static final double DEVIATIONS = 3;

    /** Less than this part of the mean is rounding of an earlier absorption. */
    private static final double LEAST = 1e-5;

    @Override
    public String name() {
        return "high-bias-absorption";
    }

    @Override
    public Result apply(Graph graph) {
        LayerChains layers = new LayerChains(graph);
        GraphEdit edit = graph.edit();
        Map<String, Integer> left = new TreeMap<>();
        int channels = 0;
        int pairs = 0;
        for (Chain chain : layers.chains()) {
            double[] amounts = amounts(graph, chain);
            int high = (int) Arrays.stream(amounts).filter(c -> c > 0).count();
            Optional<String> obstacle = obstacle(layers, chain);
            if (high > 0 && obstacle.isPresent()) {
                left.merge(obstacle.get(), 1, Integer::sum);
            } else if (high > 0) {
                absorb(graph, edit, layers, chain, amounts);
                channels += high;
                pairs++;
            }
        }
        List<String> changes = new ArrayList<>();
        if (pairs > 0) {
            changes.add("absorbed the high biases of %d channels of %d layers; approximate below %.0f deviations"
                    .formatted(channels, pairs, DEVIATIONS));
        }
        left.forEach((reason, count) -> changes.add("high biases of %d layers stay: %s".formatted(count, reason)));
        layers.writeTo(edit);
        return new Result(pairs > 0 ? edit.build() : graph, changes);
    }

    /** What each channel has at least, but no more than a ceiling lets pass; zeros where nothing is known. */
    private static double[] amounts(Graph graph, Chain chain) {
        double[] amounts = new double[chain.channels()];
        ChannelStatistics known = graph.statistics().get(chain.first().output());
        if (known == null || known.channels() != amounts.length) {
            return amounts;
        }
        for (int c = 0; c < amounts.length; c++) {
            double amount = known.mean()[c] - DEVIATIONS * known.deviation()[c];
            for (Link link : chain.links()) {
                amount = Math.min(amount, link.highest(c));
            }
            amounts[c] = amount > LEAST * known.mean()[c] ? amount : 0;
        }
        return amounts;
    }

    private static Optional<String> obstacle(LayerChains layers, Chain chain) {
        if (!chain.links().stream().allMatch(Link::passesShifts)) {
            return Optional.of("a Clip or zeros come between");
        }
        if (chain.links().stream().noneMatch(link -> link instanceof Link.Rectifier || link instanceof Link.PRelu)) {
            return Optional.of("no rectifier follows");
        }
        return layers.second(chain).hasBorder() ? Optional.of("the layer behind pads") : Optional.empty();
    }

    private static void absorb(Graph graph, GraphEdit edit, LayerChains layers, Chain chain, double[] amounts) {
        layers.lower(chain, amounts);
        chain.links().forEach(link -> link.lower(edit, amounts));
        for (String value : chain.values()) {
            ChannelStatistics known = graph.statistics().get(value);
            if (known != null) {
                edit.statistics(value, lowered(known, amounts));
            }
        }
    }

    private static ChannelStatistics lowered(ChannelStatistics known, double[] amounts) {
        float[] mean = known.mean().clone();
        for (int c = 0; c < mean.length; c++) {
            mean[c] = (float) (mean[c] - amounts[c * amounts.length / mean.length]);
        }
        return new ChannelStatistics(mean, known.deviation());
    }
}
