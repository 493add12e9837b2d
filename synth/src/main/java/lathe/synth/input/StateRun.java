package lathe.synth.input;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;

/** Runs a network step by step, feeding back what it keeps, to learn the states that it is in. */
final class StateRun {

    /** Samples in a row, before it starts anew. */
    static final int STEPS = 16;

    static final String WORDS = "state, as the network reaches it in up to %d steps from zeros".formatted(STEPS - 1);

    private StateRun() {}

    /**
     * The states before each sample of a plan, by input; none if the network does not run, or gives states of other sizes.
     *
     * @param plan of one sample a run, whose states are those to start with
     * @param outputs the output that follows each state, by input
     */
    static Map<String, Feed> of(Graph graph, InputPlan plan, Map<String, String> outputs) {
        Map<String, float[]> reached = new LinkedHashMap<>();
        Map<String, Tensor> states = new HashMap<>();
        try (Network network = Network.of(graph, NetworkOptions.DEFAULT)) {
            for (int sample = 0; sample < plan.count(); sample++) {
                Map<String, Tensor> fed = new HashMap<>(plan.batch(sample, 1));
                if (sample % STEPS > 0) {
                    fed.putAll(states);
                }
                Map<String, Tensor> results = network.run(fed, outputs.values());
                for (Map.Entry<String, String> pair : outputs.entrySet()) {
                    Tensor before = fed.get(pair.getKey());
                    Tensor after = results.get(pair.getValue());
                    if (!Arrays.equals(before.dims(), after.dims())) {
                        return Map.of();
                    }
                    int size = before.size();
                    float[] all = reached.computeIfAbsent(
                            pair.getKey(), name -> new float[Math.multiplyExact(size, plan.count())]);
                    before.values().duplicate().get(all, sample * size, size);
                    states.put(pair.getKey(), after);
                }
            }
        } catch (UnsupportedModelException e) {
            return Map.of(); // that the network does not run is said when it is run
        }
        Map<String, Feed> feeds = new LinkedHashMap<>();
        reached.forEach((input, values) -> feeds.put(input, new Feed.State(values, values.length / plan.count())));
        return feeds;
    }
}
