package lathe.synth.input;

import java.util.ArrayList;
import java.util.List;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;

/**
 * Finds a length of sequences or sound, or a height of images, that a network runs with, where nothing states one: what
 * {@link InputPlan} takes, or the first of a list with which a run does not fail.
 */
public final class RunnableLength {

    /** In samples; the first are 2, 1, 1/2 and 1/4 seconds at 8 kHz. */
    private static final List<Long> SOUND =
            List.of(16_000L, 8_000L, 4_000L, 2_000L, 1_536L, 1_024L, 576L, 512L, 256L, 160L, 48_000L, 160_000L);

    private static final List<Long> SEQUENCE = List.of(128L, 64L, 32L, 16L, 8L, 1L, 256L, 512L, 1_024L, 3_000L);

    /** Heights; those of lines of text have widths to match. */
    private static final List<Long> SIDE =
            List.of(224L, 48L, 32L, 64L, 256L, 112L, 128L, 299L, 320L, 416L, 512L, 640L, 28L, 16L);

    private RunnableLength() {}

    /**
     * The same options, with a length that the network runs with where what nothing states makes it fail. Loads the network
     * and runs it once, a dozen times where it fails, if it has a length that nothing states; else it costs nothing.
     *
     * @throws InputException if the options contradict the graph, or leave a shape unknown
     * @throws UnsupportedModelException if an input is no tensor of numbers
     */
    public static InputOptions of(Graph graph, InputOptions options) {
        InputPlanner planner = new InputPlanner(graph, options);
        InputPlan plan = planner.plan();
        OpenAxes axes = planner.openAxes();
        boolean guessed = axes.guessedSound() || axes.guessedSequence() || axes.guessedSide();
        if (options.length().isPresent() || !guessed) {
            return options;
        }
        List<Long> lengths = axes.guessedSound() ? SOUND : axes.guessedSequence() ? SEQUENCE : SIDE;
        try (Network network = Network.of(graph, NetworkOptions.DEFAULT)) {
            return runs(network, plan) ? options : tried(network, graph, options, lengths);
        } catch (UnsupportedModelException e) {
            return options; // that the network cannot be loaded is said when it is needed
        }
    }

    private static InputOptions tried(Network network, Graph graph, InputOptions options, List<Long> lengths) {
        List<Long> failed = new ArrayList<>();
        for (long length : lengths) {
            InputOptions candidate = options.withLength(new FoundLength(length, failed));
            if (!failed.isEmpty() && runs(network, new InputPlanner(graph, candidate).plan())) {
                return candidate;
            }
            failed.add(length);
        }
        return options.withLength(new FoundLength(lengths.get(0), failed));
    }

    private static boolean runs(Network network, InputPlan plan) {
        try {
            network.run(plan.batch(0, plan.fixedBatch().orElse(1)));
            return true;
        } catch (UnsupportedModelException e) {
            return false;
        }
    }
}
