package lathe.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import lathe.cli.shell.Figures;
import lathe.cli.shell.Table;

/**
 * One of several candidates that a recipe leaves open.
 *
 * @param options in which candidates differ, by name
 * @param bytes of the file
 * @param signalToNoiseDb of the output with the least; null if it was not measured
 * @param seconds that it took; null if it was not run
 * @param kept true if it is the result
 * @param failure why there is no result; null if there is one
 */
public record CandidateLine(
        Map<String, String> options, Long bytes, Double signalToNoiseDb, Double seconds, boolean kept, String failure) {

    /** The same as the one that is kept. */
    public CandidateLine asKept() {
        return new CandidateLine(options, bytes, signalToNoiseDb, seconds, true, failure);
    }

    /** In words: {@code weights 4, equalization none}. */
    public String text() {
        return options.entrySet().stream()
                .map(option -> option.getKey() + " " + option.getValue())
                .collect(Collectors.joining(", "));
    }

    /** One line per candidate, at least one. */
    public static String table(List<CandidateLine> candidates) {
        List<String> titles = new ArrayList<>(candidates.get(0).options().keySet());
        titles.addAll(List.of(">size", ">SNR dB", ">time", ""));
        Table table = new Table(titles.toArray(String[]::new));
        for (CandidateLine candidate : candidates) {
            List<String> cells = new ArrayList<>(candidate.options().values());
            cells.add(candidate.bytes() == null ? "-" : Figures.bytes(candidate.bytes()));
            cells.add(candidate.signalToNoiseDb() == null ? "-" : Figures.decibels(candidate.signalToNoiseDb()));
            cells.add(candidate.seconds() == null ? "-" : Figures.seconds(candidate.seconds()));
            cells.add(candidate.kept() ? "kept" : candidate.failure() == null ? "" : candidate.failure());
            table.row(cells.toArray(String[]::new));
        }
        return table.render("  ");
    }
}
