package lathe.synth.input;

import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Value;

/**
 * Recognises sound: one long axis of real numbers that the network cuts into frames, by a one-dimensional Conv of one
 * channel, a STFT, or a MatMul over pieces of it; or that is named so, or comes with a rate.
 */
final class Waveform {

    /** Fewer numbers are no sound: 25 ms at 16 kHz. */
    private static final long SHORTEST = 400;

    private static final Pattern NAMED = Pattern.compile(
            "(.*[_.])?(audio|wav|waveform|speech|sound|pcm|samples)([_.]?(in|input|signal|values|data))?");

    private static final Set<String> RATES =
            Set.of("sr", "fs", "rate", "sample_rate", "samplerate", "sampling_rate", "audio_sample_rate");

    private Waveform() {}

    /** True for an input that holds a number of samples a second. */
    static boolean isRate(String input) {
        return RATES.contains(input.toLowerCase(Locale.ROOT));
    }

    /** The axis that runs over time; empty if this does not look like sound. */
    static OptionalInt timeAxis(Graph graph, Value input, long... dims) {
        if (!Feed.isReal(input.type()) || dims.length < 1 || dims.length > 3) {
            return OptionalInt.empty();
        }
        int[] axes = IntStream.range(Math.min(1, dims.length - 1), dims.length)
                .filter(axis -> dims[axis] != 1)
                .toArray();
        boolean one = axes.length == 1 && (dims[axes[0]] == Shapes.OPEN || dims[axes[0]] >= SHORTEST);
        boolean sound = one
                && (NAMED.matcher(input.name().toLowerCase(Locale.ROOT)).matches()
                        || graph.requiredInputs().stream().anyMatch(other -> isRate(other.name()))
                        || Readers.ofQuantity(graph, input.name()).stream()
                                .anyMatch(reader -> frames(reader, dims[axes[0]])));
        return sound ? OptionalInt.of(axes[0]) : OptionalInt.empty();
    }

    private static boolean frames(Readers reader, long length) {
        if (reader.is("STFT") || reader.is("DFT")) {
            return reader.position() == 0;
        }
        List<Long> weights = reader.constant(1).map(Initializer::dims).orElse(List.of());
        if (reader.position() != 0 || weights.size() < 2) {
            return false;
        }
        if (reader.is("Conv")) {
            List<Long> kernel = weights.subList(2, weights.size());
            boolean line = kernel.stream().filter(extent -> extent > 1).count() == 1;
            return weights.get(1) == 1 && line && kernel.size() <= 2;
        }
        boolean shorter = length == Shapes.OPEN || weights.get(weights.size() - 2) < length;
        return reader.is("MatMul") && reader.cut() && shorter;
    }
}
