package lathe.synth.statistics;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.synth.input.InputPlan;
import lathe.synth.input.Scaling;
import lathe.synth.network.GraphSlice;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;

/**
 * Chooses the scaling of images where neither options nor file say it.
 *
 * <p>By statistics: the first value of the graph with known statistics is computed from a few images under each
 * candidate, and the candidate wins whose means and deviations come closest to what that value had in training.
 *
 * <p>Without statistics, by the bias of the first convolution: training keeps it about as large as what the inputs make
 * the convolution's output vary. Of 18 networks with known scalings, the median over channels of the ratio of the two
 * was 0.1 to 7 under the right one; bytes gave 0.03 and less where the network takes small numbers, and small numbers
 * gave 45 to 213 where it takes bytes. That tells the two sets of scalings apart, not the members of a set: these are
 * fed in turn, so that ranges of activations hold all of them.
 *
 * @param scalings the choice; empty where nothing is to be chosen
 * @param measured true if there is one by statistics, false if the scalings are a guess
 * @param why the grounds, in plain words
 */
record ScalingChoice(List<Scaling> scalings, boolean measured, String why) {

    private static final int IMAGES = 12;
    private static final List<Scaling> SMALL_NUMBERS =
            List.of(Scaling.IMAGENET, Scaling.UNIT, Scaling.SYMMETRIC, Scaling.STANDARDISED);
    private static final List<Scaling> BYTES = List.of(Scaling.BYTES, Scaling.CENTRED_BYTES);
    private static final Scaling BLACK = Scaling.range(0, 0);
    private static final ScalingChoice NONE = new ScalingChoice(List.of(), false, "");

    private record Candidate(Scaling scaling, double distance) {}

    static ScalingChoice of(Graph graph, InputPlan plan) {
        if (plan.candidates().size() < 2) {
            return NONE;
        }
        Optional<String> known = graph.nodes().stream()
                .map(Node::output)
                .filter(graph.statistics()::containsKey)
                .findFirst();
        try {
            return known.isPresent() ? byStatistics(graph, plan, known.get()) : byBias(graph, plan);
        } catch (UnsupportedModelException e) {
            return NONE; // that the network does not run is said when it is run as a whole
        }
    }

    private static ScalingChoice byStatistics(Graph graph, InputPlan plan, String value) {
        try (Network network = Network.of(GraphSlice.of(graph, List.of(value)), NetworkOptions.DEFAULT)) {
            ChannelStatistics wanted = graph.statistics().get(value);
            List<Candidate> ranked = plan.candidates().stream()
                    .map(scaling -> new Candidate(
                            scaling,
                            sums(network, value, plan.withScaling(scaling, "")).distance(wanted)))
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
            return new ScalingChoice(List.of(best.scaling()), true, why);
        }
    }

    private static ScalingChoice byBias(Graph graph, InputPlan plan) {
        Optional<Boolean> bytes = firstLayer(graph).flatMap(value -> takesBytes(graph, plan, value));
        boolean takesBytes = bytes.orElse(false);
        List<Scaling> members = new ArrayList<>(plan.candidates());
        members.retainAll(takesBytes ? BYTES : SMALL_NUMBERS);
        if (members.contains(Scaling.IMAGENET)) {
            members.remove(Scaling.STANDARDISED); // nearly the same
        }
        String why = (bytes.isPresent()
                        ? "assumed because the bias of the first layer fits %s"
                                .formatted(
                                        takesBytes
                                                ? "bytes better than small numbers"
                                                : "small numbers better than bytes")
                        : "assumed")
                + "; give mean and std, or the input range";
        return new ScalingChoice(members, false, why);
    }

    /** True if the first layer's bias fits bytes better than what is usual else; empty if it has none. */
    private static Optional<Boolean> takesBytes(Graph graph, InputPlan plan, String value) {
        try (Network network = Network.of(GraphSlice.of(graph, List.of(value)), NetworkOptions.DEFAULT)) {
            ChannelSums bias = sums(network, value, plan.withScaling(BLACK, ""));
            Scaling usual = plan.candidates().get(0);
            OptionalDouble small = imbalance(bias, sums(network, value, plan.withScaling(usual, "")));
            OptionalDouble bytes = imbalance(bias, sums(network, value, plan.withScaling(Scaling.BYTES, "")));
            return small.isPresent() && bytes.isPresent()
                    ? Optional.of(bytes.getAsDouble() < small.getAsDouble())
                    : Optional.empty();
        }
    }

    /** How far a bias is from what images make the output vary, as a logarithm of their ratio, the median over channels. */
    private static OptionalDouble imbalance(ChannelSums bias, ChannelSums varying) {
        double[] ratios = IntStream.range(0, bias.channels())
                .mapToDouble(c -> Math.abs(bias.mean(c)) / varying.deviation(c))
                .filter(Double::isFinite)
                .sorted()
                .toArray();
        double median = ratios.length == 0 ? 0 : ratios[ratios.length / 2];
        return median > 0 ? OptionalDouble.of(Math.abs(Math.log(median))) : OptionalDouble.empty();
    }

    /** What the first convolution and the addition of its bias write. */
    private static Optional<String> firstLayer(Graph graph) {
        return graph.nodes().stream()
                .filter(node -> node.is("Conv"))
                .findFirst()
                .map(layer -> {
                    Optional<Node> added = graph.soleConsumer(layer.output())
                            .filter(node -> node.is("Add")
                                    && node.inputs().stream().anyMatch(graph.initializers()::containsKey));
                    return added.orElse(layer).output();
                });
    }

    private static ChannelSums sums(Network network, String value, InputPlan plan) {
        ChannelSums sums = new ChannelSums();
        int batch = plan.fixedBatch().orElse(IMAGES);
        for (int from = 0; from < IMAGES; from += batch) {
            network.run(plan.batch(from, batch), List.of(value), (name, tensor) -> sums.add(tensor));
        }
        return sums;
    }

    /** The same plan with the scalings chosen. */
    InputPlan applyTo(InputPlan plan) {
        if (scalings.isEmpty()) {
            return plan;
        }
        return measured ? plan.withScaling(scalings.get(0), why) : plan.withGuesses(scalings, why);
    }
}
