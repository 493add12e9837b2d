package lathe.synth.statistics;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import lathe.synth.network.Tensor;

/** Inputs for a network, by the number of the sample. Deterministic, thread-safe. */
interface Feeds {

    /** Number of samples a measurement takes; higher numbers are as good. */
    int count();

    /** How many samples every batch must hold, where the graph fixes it. */
    OptionalInt fixedBatch();

    /** A tensor for each input, holding the samples {@code from} to {@code from + count - 1}. */
    Map<String, Tensor> batch(int from, int count);

    /** What was assumed about the inputs, one line each. */
    List<String> assumptions();
}
