package lathe.synth.comparison;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How closely one output of a network follows the same output of another, over several sets of inputs.
 *
 * @param name of the output
 * @param signalToNoise mean over the sets, in dB; infinite where nothing differs
 * @param signalToNoiseBySeed of each set, in dB
 * @param cosine mean over all inputs
 * @param agreement share of equal top classes over all inputs, each of which counts as one trial, however many classes it
 *     holds; empty if the output holds no classes
 * @param judged the part of the output that is measured
 */
public record OutputFigures(
        String name,
        Interval signalToNoise,
        List<Double> signalToNoiseBySeed,
        double cosine,
        Optional<Interval> agreement,
        Judged judged) {

    /**
     * Joins what was found of each set, at least one.
     *
     * @param squashed where the output comes out of a Sigmoid or a Softmax
     */
    static OutputFigures of(String name, List<OutputAgreement> sets, Optional<SquashedOutput> squashed) {
        double[] decibels =
                sets.stream().mapToDouble(OutputAgreement::signalToNoise).toArray();
        OutputAgreement all = new OutputAgreement();
        sets.forEach(all::add);
        Optional<Interval> agreement = all.topAgreement().isPresent()
                ? Optional.of(Interval.ofShare(all.topAgreement().getAsDouble(), all.samples()))
                : Optional.empty();
        Interval whole = Interval.ofMean(decibels);
        return new OutputFigures(
                name,
                whole,
                sets.stream().map(OutputAgreement::signalToNoise).toList(),
                all.cosine(),
                agreement,
                judged(sets, all, whole, squashed));
    }

    /** The least judged SNR of several outputs, in dB; empty if none of them tells one input from another. */
    public static OptionalDouble leastDecibels(List<OutputFigures> outputs) {
        return outputs.stream()
                .filter(output -> output.judged().determined())
                .mapToDouble(output -> output.judged().signalToNoise().value())
                .min();
    }

    private static Judged judged(
            List<OutputAgreement> sets, OutputAgreement all, Interval whole, Optional<SquashedOutput> squashed) {
        if (!all.isComparable()) {
            return Judged.undetermined("its size depends on the input");
        }
        return all.isReferenceFinite()
                ? Judged.of(sets, all, whole, squashed)
                : Judged.undetermined("NaN or infinite in the original");
    }

    /** The same with another measured part. */
    OutputFigures with(Judged other) {
        return new OutputFigures(name, signalToNoise, signalToNoiseBySeed, cosine, agreement, other);
    }

    /** The same with both intervals twice as wide: where most of what a second look finds would lie. */
    public OutputFigures widened() {
        return new OutputFigures(
                name,
                signalToNoise.widened(),
                signalToNoiseBySeed,
                cosine,
                agreement.map(Interval::widened),
                judged.widened());
    }
}
