package lathe.synth.statistics;

import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import lathe.engine.graph.Graph;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.pipeline.StatisticsSource;
import lathe.synth.input.Feeds;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.input.RunnableLength;
import lathe.synth.input.SynthKind;

/** Statistics of a network: without data, with real inputs, or with {@link Feeds} of another making. */
public final class StatisticsSources {

    private StatisticsSources() {}

    /**
     * Synthetic inputs pushed through the network, re-centred wherever the network says what its values looked like in
     * training. Real inputs, where the options have some, are used as they are.
     *
     * <p>Opening a measurement runs the network once over all inputs, where it has BatchNormalization statistics;
     * measuring runs it once more. The same options give the same statistics, bit for bit, for any number of threads.
     * For a network of MobileNetV2's size and 64 inputs of 224 x 224, opening takes about 3 s of one core, measuring
     * 53 layers 4 s and 100 values besides 8 s. Memory: up to 800 MB while opening, and while measuring about 200 MB a
     * thread beside the Gram matrices. A changed network's output error takes 0.6 s, over all inputs; its drift 2 s, and
     * as much memory as opening.
     *
     * <p>Images of {@link SynthKind#REFINED} are those that were refined for the first graph that is opened, see
     * {@link lathe.synth.refine.RefinedImages}, or plain ones, with the reason among the assumptions.
     *
     * @param options what the inputs are
     * @param threads runs of the network at once
     */
    public static StatisticsSource synthetic(InputOptions options, int threads) {
        return synthetic(options, threads, ProgressListener.NONE);
    }

    /** The same, and tells of steps that take long. */
    public static StatisticsSource synthetic(InputOptions options, int threads, ProgressListener progress) {
        check(threads);
        if (options.real().isPresent()) {
            return asFed(graph -> new PlannedFeeds(InputPlan.of(graph, options)), threads, options.seed());
        }
        Optional<Refining> refining = refining(options, threads, progress);
        return graph -> {
            InputOptions runnable = RunnableLength.of(graph, options);
            UnaryOperator<InputPlan> found = found(graph, runnable, threads, refining);
            Function<Graph, Feeds> feeds =
                    g -> new PlannedFeeds(found.apply(InputPlan.of(g, runnable)).withStates(g));
            return recentred(feeds, threads, options.seed()).open(graph);
        };
    }

    /**
     * Inputs of another making, such as another generator of synthetic ones: re-centred like those of
     * {@link #synthetic}, at the same cost.
     *
     * @param feeds inputs for a graph; asked once for the graph that is measured and, where its file fixes the batch,
     *     once more for the same graph with the batch left open
     * @param threads runs of the network at once
     * @param seed decides which positions of a layer are looked at, where there are too many
     */
    public static StatisticsSource recentred(Function<Graph, Feeds> feeds, int threads, long seed) {
        check(threads);
        return graph -> NetworkMeasurement.open(graph, feeds, threads, seed);
    }

    /** As {@link #recentred}, of inputs that are what the network is for: they are used as they are. */
    public static StatisticsSource asFed(Function<Graph, Feeds> feeds, int threads, long seed) {
        check(threads);
        return graph -> NetworkMeasurement.asFed(graph, feeds, threads, seed);
    }

    /**
     * The baseline of the literature: each layer's input drawn from the statistics of the BatchNormalizations before
     * it, independent over channels and pixels. See {@link GaussianFeeds}. Changed networks are not cut open but
     * compared whole, on inputs as planned and re-centred, as by {@link #synthetic}; the original's corrections for
     * that are found when they are first needed.
     *
     * @param options seed and number of samples; shapes
     * @param threads runs of the network at once
     */
    public static StatisticsSource gaussian(InputOptions options, int threads) {
        check(threads);
        return graph ->
                GaussianCut.open(graph, g -> new PlannedFeeds(InputPlan.of(g, options)), threads, options.seed());
    }

    /**
     * The inputs that {@link #synthetic} measures a network with: as planned, with the scaling that it chooses where
     * neither options nor file say one, the states that the network reaches, and tokens that it draws, where it does.
     *
     * @param graph with its BatchNormalizations folded
     * @param threads runs of the network at once
     */
    public static InputPlan inputs(Graph graph, InputOptions options, int threads) {
        return found(graph, options, threads, refining(options, threads, ProgressListener.NONE))
                .apply(InputPlan.of(graph, options))
                .withStates(graph);
    }

    /** What runs of a network say of its inputs. */
    private static UnaryOperator<InputPlan> found(
            Graph graph, InputOptions options, int threads, Optional<Refining> refining) {
        InputPlan plan = InputPlan.of(graph, options);
        ScalingChoice scaling = ScalingChoice.of(graph, plan);
        Optional<SampledTokens> tokens = SampledTokens.of(graph, plan, options.seed(), threads);
        UnaryOperator<InputPlan> known = planned -> {
            InputPlan scaled = scaling.applyTo(planned);
            return tokens.map(sampled -> sampled.applyTo(scaled)).orElse(scaled);
        };
        return refining.map(refiner -> refiner.of(graph, g -> known.apply(InputPlan.of(g, options))))
                .map(refined -> (UnaryOperator<InputPlan>) planned -> refined.apply(known.apply(planned)))
                .orElse(known);
    }

    private static Optional<Refining> refining(InputOptions options, int threads, ProgressListener progress) {
        return options.kind() == SynthKind.REFINED
                ? Optional.of(new Refining(options.refineSteps(), threads, progress))
                : Optional.empty();
    }

    private static void check(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("%d threads".formatted(threads));
        }
    }
}
