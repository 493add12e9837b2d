package lathe.cli;

/**
 * What an output is judged by, as it is told.
 *
 * @param part of the output, in words; empty if it is the whole output; why nothing tells, if it is undetermined
 * @param signalToNoiseDb of this part
 * @param determined false if the inputs do not tell how closely the output is followed
 */
record JudgedLine(String part, double signalToNoiseDb, boolean determined) {

    static JudgedLine of(Judged judged) {
        return new JudgedLine(judged.part(), judged.signalToNoise().value(), judged.determined());
    }

    /** In a cell of a table. */
    String text() {
        if (!determined) {
            return "undetermined: " + part;
        }
        return part.isEmpty() ? "" : "%s dB, %s".formatted(Figures.decibels(signalToNoiseDb), part);
    }
}
