package lathe.synth.comparison;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The part of an output that is measured. One SNR over channels whose energies differ by orders of magnitude depends on
 * the largest only, so the channels are measured in groups, and the worst group counts. A part that comes out of a
 * Sigmoid or a Softmax and hardly varies on these inputs, such as a map of text where there is none, does not count.
 *
 * @param part of the output, in words; empty if it is the whole output; why there is none, if it is undetermined
 * @param signalToNoise of this part, in dB
 * @param determined false if these inputs do not tell how closely the output is followed
 * @param complete false if a part of the output hardly varies, and so does not count
 */
public record Judged(String part, Interval signalToNoise, boolean determined, boolean complete) {

    /**
     * The least share of the variance that an undecided output would have: 1/4 behind a Sigmoid, the mean square behind a
     * Softmax. Text maps of PP-OCR v3 and v4 have 1e-11 of it at most on synthetic inputs, 0.02 and 0.08 on photographs, 0.23
     * and 0.24 on drawn pages; the scores of a face detector have 0.00016, a classifier of two directions of text has 0.12.
     */
    private static final double LEAST_VARIANCE = 0.01;

    private static final double SIGMOID_VARIANCE = 0.25;

    /** An output whose error is undetermined, and why. */
    static Judged undetermined(String why) {
        return new Judged(why, new Interval(Double.NaN, Double.NaN, Double.NaN), false, true);
    }

    /**
     * Of what was found of an output on each set of inputs.
     *
     * @param all the same of all sets together
     * @param whole SNR of the output
     */
    static Judged of(
            List<OutputAgreement> sets, OutputAgreement all, Interval whole, Optional<SquashedOutput> squashed) {
        ChannelEnergies energies = all.energies();
        List<int[]> groups = groups(energies, squashed);
        Judged worst = undetermined("hardly varies on these inputs");
        boolean complete = true;
        for (int[] group : groups) {
            if (squashed.isPresent() && hardlyVaries(energies, group, squashed.get())) {
                complete = false;
                continue;
            }
            if (energies.meanSquare(group) == 0) {
                continue;
            }
            boolean alone = groups.size() == 1;
            Interval own = alone
                    ? whole
                    : Interval.ofMean(sets.stream()
                            .mapToDouble(set -> set.energies().signalToNoise(group))
                            .toArray());
            worst = worst.orWorse(new Judged(alone ? "" : channels(group, energies.channels()), own, true, true));
        }
        if (groups.isEmpty()) {
            worst = new Judged("", whole, true, true);
        } else if (complete && !worst.determined()) {
            worst = undetermined("is 0 for all these inputs");
        }
        return new Judged(worst.part(), worst.signalToNoise(), worst.determined(), complete);
    }

    /** The classes of a Softmax are one answer. */
    private static List<int[]> groups(ChannelEnergies energies, Optional<SquashedOutput> squashed) {
        List<int[]> groups = energies.groups();
        return squashed.filter(SquashedOutput::softmax).isPresent() && !groups.isEmpty()
                ? List.of(IntStream.range(0, energies.channels()).toArray())
                : groups;
    }

    private static boolean hardlyVaries(ChannelEnergies energies, int[] group, SquashedOutput squashed) {
        double undecided = squashed.softmax() ? energies.meanSquare(group) : SIGMOID_VARIANCE;
        return energies.variance(group) < LEAST_VARIANCE * undecided;
    }

    /** The one of two that is worse, of those that are determined. */
    private Judged orWorse(Judged other) {
        if (!determined || !other.determined) {
            return determined ? this : other;
        }
        double mine = signalToNoise.value();
        return mine >= other.signalToNoise.value() ? other : Double.isNaN(other.signalToNoise.value()) ? other : this;
    }

    /**
     * The same, with parts that hardly vary measured before the Sigmoid or Softmax.
     *
     * @param before figures of these values
     */
    Judged withBefore(List<OutputFigures> before, SquashedOutput squashed) {
        String where = "before its last " + (squashed.softmax() ? "Softmax" : "Sigmoid");
        Judged worst = this;
        for (OutputFigures value : before) {
            Judged found = value.judged();
            String part = found.part().isEmpty() ? where : where + ", " + found.part();
            worst = worst.orWorse(new Judged(part, found.signalToNoise(), found.determined(), true));
        }
        return new Judged(worst.part, worst.signalToNoise, worst.determined, true);
    }

    /** The same with an interval twice as wide. */
    Judged widened() {
        return new Judged(part, signalToNoise.widened(), determined, complete);
    }

    /** Channels in words: {@code channels 0 to 3, 7 of 85}. */
    static String channels(int[] group, int all) {
        StringBuilder runs = new StringBuilder();
        for (int i = 0; i < group.length; ) {
            int end = i;
            while (end + 1 < group.length && group[end + 1] == group[end] + 1) {
                end++;
            }
            runs.append(runs.length() == 0 ? "" : ", ")
                    .append(group[i])
                    .append(end == i ? "" : (end == i + 1 ? ", " : " to ") + group[end]);
            i = end + 1;
        }
        return "%s %s of %d".formatted(group.length == 1 ? "channel" : "channels", runs, all);
    }
}
