package lathe.synth.statistics;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import lathe.synth.input.InputPlan;
import lathe.synth.input.InputPlan.Tokens;
import lathe.synth.network.GraphSlice;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;

/**
 * Token ids that the network itself draws. Where an output holds logits over the vocabulary at every position, and those
 * of a position depend on no later id, sequences are sampled from it at temperature 1, as calibration data for language
 * models: Liu et al., LLM-QAT, arXiv 2305.17888; Williams et al., arXiv 2410.17170. The first id is a random one.
 *
 * <p>Deviation: all positions are drawn in one run, and again until nothing changes (Jacobi iteration: Song et al., arXiv
 * 2002.03629). Noise is drawn once for each position and id, so that an id is a function of the ids before it (the
 * Gumbel-max trick); k runs then settle the first k ids as sampling one by one with this noise would, and the rest
 * follow contexts that are nearly so. It needs no cache, and windows of fixed length will do.
 *
 * <p>A sample is a function of the plan's seed and of its number. Cost: up to {@link #RUNS} runs a sample. Memory: the
 * logits of one run a thread. Immutable.
 *
 * @param tokens the input that takes the ids
 * @param sequences ids sample by sample
 * @param words what they are
 */
record SampledTokens(Tokens tokens, List<float[]> sequences, String words) {

    static final int RUNS = 8;

    /** A change of logits below this share of the largest one is rounding. */
    private static final float TOLERANCE = 1e-3f;

    /** Where ids are drawn from. */
    private record Source(Tokens tokens, String logits) {}

    /**
     * Samples from a network, if it is of that kind.
     *
     * @param graph that runs the plan's batches
     * @param threads runs of the network at once; the result does not depend on it
     */
    static Optional<SampledTokens> of(Graph graph, InputPlan plan, long seed, int threads) {
        List<String> outputs = graph.outputs().stream()
                .filter(output -> output.type() == ElementType.FLOAT)
                .filter(output -> output.dims().map(dims -> dims.size() == 3).orElse(true))
                .map(Value::name)
                .filter(output -> graph.producer(output).isPresent())
                .toList();
        if (plan.tokens().isEmpty() || outputs.isEmpty()) {
            return Optional.empty();
        }
        try (Network network = Network.of(GraphSlice.of(graph, outputs), NetworkOptions.DEFAULT)) {
            int unit = plan.fixedBatch().orElse(1);
            Optional<Source> found = source(network, plan, plan.batch(0, unit), outputs);
            return found.map(source -> sampled(network, source, plan, seed, threads));
        } catch (UnsupportedModelException e) {
            return Optional.empty(); // that the network does not run is said when it is run as a whole
        }
    }

    /** The first input and output such that a change of the later ids changes the later logits alone. */
    private static Optional<Source> source(
            Network network, InputPlan plan, Map<String, Tensor> batch, List<String> outputs) {
        Map<String, Tensor> before = network.run(batch, outputs);
        for (Tokens tokens : plan.tokens()) {
            int half = tokens.length() / 2;
            List<String> candidates = outputs.stream()
                    .filter(output -> holdsLogits(before.get(output), tokens, batch))
                    .toList();
            if (half == 0 || candidates.isEmpty()) {
                continue;
            }
            float[] ids = batch.get(tokens.name()).floats().clone();
            for (int i = 0; i < ids.length; i++) {
                ids[i] = i % tokens.length() < half ? ids[i] : (ids[i] + 1) % tokens.vocabulary();
            }
            Map<String, Tensor> after = network.run(fed(batch, tokens, ids), candidates);
            for (String output : candidates) {
                if (isCausal(before.get(output), after.get(output), half)) {
                    return Optional.of(new Source(tokens, output));
                }
            }
        }
        return Optional.empty();
    }

    private static boolean holdsLogits(Tensor output, Tokens tokens, Map<String, Tensor> batch) {
        long[] ids = batch.get(tokens.name()).dims();
        return output.rank() == 3
                && Arrays.equals(Arrays.copyOf(output.dims(), 2), ids)
                && output.dims()[2] == tokens.vocabulary();
    }

    private static boolean isCausal(Tensor before, Tensor after, int half) {
        int length = (int) before.dims()[1];
        int vocabulary = (int) before.dims()[2];
        float largest = 0;
        float early = 0;
        float late = 0;
        for (int i = 0; i < before.size(); i++) {
            float difference = Math.abs(before.values().get(i) - after.values().get(i));
            largest = Math.max(largest, Math.abs(before.values().get(i)));
            if (i / vocabulary % length < half) {
                early = Math.max(early, difference);
            } else {
                late = Math.max(late, difference);
            }
        }
        return early <= TOLERANCE * largest && late > TOLERANCE * largest;
    }

    private static Map<String, Tensor> fed(Map<String, Tensor> batch, Tokens tokens, float[] ids) {
        Map<String, Tensor> fed = new HashMap<>(batch);
        fed.put(tokens.name(), Tensor.of(ids, batch.get(tokens.name()).dims()));
        return fed;
    }

    private static SampledTokens sampled(Network network, Source source, InputPlan plan, long seed, int threads) {
        int unit = plan.fixedBatch().orElse(1);
        float[][] sequences = new float[(plan.count() + unit - 1) / unit * unit][];
        new ChunkedRun(new PlannedFeeds(plan), sequences.length, unit).run(threads, (chunk, batch) -> {
            float[] ids = sample(network, source, batch, chunk.from(), seed);
            int length = source.tokens().length();
            for (int i = 0; i < unit; i++) {
                sequences[chunk.from() + i] = Arrays.copyOfRange(ids, i * length, (i + 1) * length);
            }
        });
        String words = "tokens that the network draws itself, sequences of %d sampled from '%s' in up to %d runs each"
                .formatted(source.tokens().length(), source.logits(), RUNS);
        return new SampledTokens(source.tokens(), List.of(sequences), words);
    }

    /** The ids of a batch; {@code first} is the number of its first sample. */
    private static float[] sample(Network network, Source source, Map<String, Tensor> batch, int first, long seed) {
        float[] ids = batch.get(source.tokens().name()).floats().clone();
        boolean changed = true;
        for (int settled = 1; changed && settled <= RUNS; settled++) {
            Tensor logits = network.run(fed(batch, source.tokens(), ids.clone()), List.of(source.logits()))
                    .get(source.logits());
            changed = redraw(logits, ids, settled, first, seed);
        }
        return ids;
    }

    /** Draws the ids from position {@code settled} on from the logits before each; true if one changed. */
    private static boolean redraw(Tensor logits, float[] ids, int settled, int first, long seed) {
        int length = (int) logits.dims()[1];
        int vocabulary = (int) logits.dims()[2];
        boolean changed = false;
        for (int i = 0; i < ids.length; i++) {
            int position = i % length;
            if (position >= settled) {
                long number = (long) (first + i / length) * length + position;
                int drawn = draw(logits, (i - 1) * vocabulary, vocabulary, noise(seed, number));
                changed |= drawn != ids[i];
                ids[i] = drawn;
            }
        }
        return changed;
    }

    private static SplittableRandom noise(long seed, long number) {
        return new SplittableRandom(new SplittableRandom(seed ^ 0x746f6b656e73L).nextLong() + number).split();
    }

    /** An id with probability softmax(logits): the largest sum of logit and Gumbel noise. */
    private static int draw(Tensor logits, int at, int vocabulary, SplittableRandom noise) {
        double largest = Double.NEGATIVE_INFINITY;
        int drawn = 0;
        for (int id = 0; id < vocabulary; id++) {
            double sum = logits.values().get(at + id) - Math.log(-Math.log(noise.nextDouble()));
            if (sum > largest) {
                largest = sum;
                drawn = id;
            }
        }
        return drawn;
    }

    /** The same plan with these ids. */
    InputPlan applyTo(InputPlan plan) {
        return plan.withTokens(tokens, sequences, words);
    }
}
