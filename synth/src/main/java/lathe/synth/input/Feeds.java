package lathe.synth.input;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import lathe.synth.network.Tensor;

/**
 * Inputs for a network, by the number of the sample. {@link InputPlan} makes them: pictures, sound, tokens, noise, or the
 * samples that a user has; another class may bring its own.
 *
 * <p>Results repeat bit for bit only if the feeds do: a sample is a function of its number alone, whatever batch it comes
 * in and whichever came before. All methods may be called from several threads at once.
 */
public interface Feeds {

    /**
     * Number of samples that a measurement takes, at least 1. Samples of higher numbers exist too, since batches of a
     * fixed size may reach past the last one; those who have no more start again with the first.
     */
    int count();

    /** How many samples every batch must hold, where the network fixes it; empty where any number will do. */
    OptionalInt fixedBatch();

    /**
     * The samples {@code from} to {@code from + count - 1}. The tensors are read only, and may be handed out again.
     *
     * @param from number of the first sample, from 0
     * @param count number of samples, at least 1, {@link #fixedBatch()} where that is set
     * @return a tensor for each input that no initializer gives a default, by name, with the rank that the network
     *     declares. Axis 0 runs over the samples; an input without such an axis gets the same for all samples of a batch.
     *     Values are floats whatever the input's type, which they are converted to: whole numbers for indices, 0 and 1 for
     *     truth values
     */
    Map<String, Tensor> batch(int from, int count);

    /** What was assumed about the inputs, or where they are from, one line each, for the report. */
    List<String> assumptions();
}
