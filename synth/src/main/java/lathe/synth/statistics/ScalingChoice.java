package lathe.synth.statistics;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.synth.input.InputPlan;
import lathe.synth.input.Scaling;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;

/**
 * Chooses the scaling of images where neither options nor file say it: the first value of the graph with known
 * statistics is computed from a few images under each candidate, and the candidate wins whose means and deviations come
 * closest to what that value had in training.
 *
 * @param scaling the choice; empty where nothing is to be chosen, or nothing to choose by
 * @param why the grounds, in plain words
 */
record ScalingChoice(Optional<Scaling> scaling, String why) {

    private static final int IMAGES = 12;

    /** A single channel counts no more than this, so that a few strange ones do not decide. */
    private static final double LARGEST_DISTANCE = 9;

    private static final ScalingChoice NONE = new ScalingChoice(Optional.empty(), "");

    private record Candidate(Scaling scaling, double distance) {}

    static ScalingChoice of(Graph graph, InputPlan plan) {
        Optional<String> value = graph.nodes().stream()
                .map(Node::output)
                .filter(graph.statistics()::containsKey)
                .findFirst();
        List<Scaling> scalings = plan.candidates();
        if (value.isEmpty() || scalings.size() < 2) {
            return NONE;
        }
        try (Network network = Network.of(GraphSlice.of(graph, List.of(value.get())), NetworkOptions.DEFAULT)) {
            ChannelStatistics wanted = graph.statistics().get(value.get());
            List<Candidate> candidates = new ArrayList<>();
            for (Scaling scaling : scalings) {
                double distance = distance(network, value.get(), plan.withScaling(scaling, ""), wanted);
                candidates.add(new Candidate(scaling, distance));
            }
            return best(candidates, value.get());
        } catch (UnsupportedModelException e) {
            return NONE; // that the network does not run is said when it is run as a whole
        }
    }

    private static ScalingChoice best(List<Candidate> candidates, String value) {
        List<Candidate> ranked = candidates.stream()
                .sorted(Comparator.comparingDouble(Candidate::distance))
                .toList();
        Candidate best = ranked.get(0);
        Candidate next = ranked.get(1);
        if (!Double.isFinite(best.distance())) {
            return NONE;
        }
        String why =
                "chosen because it comes closest to the statistics of '%s' in training (distance %.2f; next, %s: %.2f)"
                        .formatted(value, best.distance(), next.scaling(), next.distance());
        return new ScalingChoice(Optional.of(best.scaling()), why);
    }

    private static double distance(Network network, String value, InputPlan plan, ChannelStatistics wanted) {
        ChannelSums sums = new ChannelSums(wanted.channels());
        int batch = plan.fixedBatch().orElse(IMAGES);
        for (int from = 0; from < IMAGES; from += batch) {
            network.run(plan.batch(from, batch), List.of(value), (name, tensor) -> sums.add(tensor));
        }
        return sums.distance(wanted);
    }

    /** The same plan with the scaling chosen. */
    InputPlan applyTo(InputPlan plan) {
        return scaling.map(chosen -> plan.withScaling(chosen, why)).orElse(plan);
    }

    /** Sums over a value's channels, axis 1. */
    private static final class ChannelSums {
        private final double[] sum;
        private final double[] squares;
        private long count;

        ChannelSums(int channels) {
            sum = new double[channels];
            squares = new double[channels];
        }

        void add(Tensor tensor) {
            if (tensor.rank() < 2 || tensor.dims()[1] != sum.length) {
                throw new UnsupportedModelException("a value whose channels are not on axis 1");
            }
            float[] values = tensor.floats();
            int space = (int) (values.length / tensor.dims()[0] / sum.length);
            for (int i = 0; i < values.length; i++) {
                int channel = i / space % sum.length;
                sum[channel] += values[i];
                squares[channel] += (double) values[i] * values[i];
            }
            count += values.length / sum.length;
        }

        /**
         * The mean over channels of the squared difference of means, in wanted deviations, plus the squared logarithm
         * of the ratio of deviations. Channels that hardly vary in training say nothing.
         */
        double distance(ChannelStatistics wanted) {
            double largest = 0;
            for (float deviation : wanted.deviation()) {
                largest = Math.max(largest, deviation);
            }
            double total = 0;
            int counted = 0;
            for (int c = 0; c < sum.length; c++) {
                double deviation = wanted.deviation()[c];
                if (deviation > 1e-3 * largest) {
                    double mean = sum[c] / count;
                    double variance = Math.max(0, squares[c] / count - mean * mean);
                    double shift = (mean - wanted.mean()[c]) / deviation;
                    double stretch = Math.log(Math.sqrt(variance) / deviation + 1e-9);
                    total += Math.min(LARGEST_DISTANCE, shift * shift + stretch * stretch);
                    counted++;
                }
            }
            return counted == 0 ? Double.POSITIVE_INFINITY : total / counted;
        }
    }
}
