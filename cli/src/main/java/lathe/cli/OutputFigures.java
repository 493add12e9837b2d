package lathe.cli;

import java.util.List;
import java.util.Optional;

/**
 * How closely one output of a network follows the same output of another, over several sets of inputs.
 *
 * @param name of the output
 * @param signalToNoise mean over the sets, in dB; infinite where nothing differs
 * @param signalToNoiseBySeed of each set, in dB
 * @param cosine mean over all inputs
 * @param agreement share of equal top classes over all inputs, each of which counts as one trial, however many classes it
 *     holds; empty if the output holds no classes
 */
record OutputFigures(
        String name,
        Interval signalToNoise,
        List<Double> signalToNoiseBySeed,
        double cosine,
        Optional<Interval> agreement) {

    /** Joins what was found of each set, at least one. */
    static OutputFigures of(String name, List<OutputAgreement> sets) {
        double[] decibels =
                sets.stream().mapToDouble(OutputAgreement::signalToNoise).toArray();
        OutputAgreement all = new OutputAgreement();
        sets.forEach(all::add);
        Optional<Interval> agreement = all.topAgreement().isPresent()
                ? Optional.of(Interval.ofShare(all.topAgreement().getAsDouble(), all.samples()))
                : Optional.empty();
        return new OutputFigures(
                name,
                Interval.ofMean(decibels),
                sets.stream().map(OutputAgreement::signalToNoise).toList(),
                all.cosine(),
                agreement);
    }

    /** The same with both intervals twice as wide: where most of what a second look finds would lie. */
    OutputFigures widened() {
        return new OutputFigures(
                name, signalToNoise.widened(), signalToNoiseBySeed, cosine, agreement.map(Interval::widened));
    }
}
