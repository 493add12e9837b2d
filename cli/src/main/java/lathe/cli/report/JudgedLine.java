package lathe.cli.report;

import lathe.cli.shell.Figures;
import lathe.synth.comparison.Judged;

/**
 * The measured part of an output, for reports.
 *
 * @param part of the output, in words; empty if it is the whole output; the reason, if it is undetermined
 * @param signalToNoiseDb of this part
 * @param deviation the same as a share: root mean square of the difference over that of the original's part
 * @param determined false if the error cannot be determined on these inputs
 */
public record JudgedLine(String part, double signalToNoiseDb, double deviation, boolean determined) {

    /** What was found of an output. */
    public static JudgedLine of(Judged judged) {
        return of(judged.part(), judged.signalToNoise().value(), judged.determined());
    }

    static JudgedLine of(String part, double decibels, boolean determined) {
        return new JudgedLine(part, decibels, Math.pow(10, -decibels / 20), determined);
    }

    /** In a cell of a table. */
    public String text() {
        if (!determined) {
            return "undetermined: " + part;
        }
        return part.isEmpty() ? "" : "%s dB, %s".formatted(Figures.decibels(signalToNoiseDb), part);
    }
}
