package lathe.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import lathe.cli.shell.Console;
import lathe.cli.shell.Figures;
import lathe.cli.shell.Table;
import lathe.engine.report.CompressionReport;
import lathe.engine.report.LayerReport;
import lathe.engine.report.StageError;

/** A compression report in words and tables. */
public final class ReportText {

    private static final String LEGEND =
            "error: energy of the output error relative to the output; dB: the same as SNR";

    private static final String INPUT_LEGEND = "; input dB: SNR from rounding the input";

    private ReportText() {}

    /** One line per layer: its format and its error. */
    public static String layers(CompressionReport report, String indent) {
        boolean pruned = report.layers().stream().anyMatch(LayerReport::pruned);
        boolean rounded =
                report.layers().stream().anyMatch(layer -> input(layer).isPresent());
        List<String> titles = new ArrayList<>(List.of("layer", "kind", ">weights", ">bits"));
        titles.addAll(pruned ? List.of(">zeros %", ">bytes", ">error %", ">dB") : List.of(">bytes", ">error %", ">dB"));
        titles.addAll(rounded ? List.of(">input dB") : List.of());
        Table table = new Table(titles.toArray(String[]::new));
        for (LayerReport layer : report.layers()) {
            List<String> cells = new ArrayList<>(List.of(
                    Figures.name(layer.layer()),
                    layer.opType(),
                    Figures.shape(layer.shape()),
                    Figures.bits(layer.format())));
            if (pruned) {
                cells.add(Figures.decimal(100 * layer.sparsity(), 1));
            }
            cells.add("%s -> %s".formatted(Figures.bytes(layer.bytesBefore()), Figures.bytes(layer.bytesAfter())));
            cells.add(Figures.smallPercent(layer.error()));
            cells.add(Figures.decibels(layer.signalToNoise()));
            if (rounded) {
                cells.add(input(layer)
                        .map(stage -> Figures.decibels(stage.signalToNoise()))
                        .orElse("-"));
            }
            table.row(cells.toArray(String[]::new));
        }
        String legend = rounded ? LEGEND + INPUT_LEGEND : LEGEND;
        return table.render(indent) + "\n" + indent + legend;
    }

    /**
     * All of a finished run.
     *
     * @param report what was compressed
     * @param answer the same run as it is told to programs
     */
    public static void print(Console console, CompressionReport report, RunReport answer) {
        console.say("Assumed");
        report.assumptions().forEach(line -> console.say("  " + line));
        if (!report.passes().isEmpty()) {
            console.say("Prepared");
            report.passes().forEach(line -> console.say("  " + line));
        }
        if (!report.channels().isEmpty()) {
            int count = report.channels().size();
            console.say("  %s fewer channels or a lower rank; --report FILE.html draws them"
                    .formatted(count == 1 ? "1 layer has" : count + " layers have"));
        }
        if (!report.refinements().isEmpty()) {
            console.say("Refined");
            report.refinements().forEach(line -> console.say("  " + line));
        }
        if (answer.guard() != null) {
            console.say("Guard");
            answer.guard().lines().forEach(line -> console.say("  " + line));
        }
        console.say("");
        console.show(layers(report, ""));
        if (!answer.nextByte().isEmpty()) {
            console.say("The next byte helps most in: "
                    + answer.nextByte().stream().map(Figures::name).collect(Collectors.joining(", ")));
        }
        console.say("");
        if (!answer.left().isEmpty()) {
            console.say("Left unchanged");
            console.show(LeftLine.table(answer.left(), "  "));
            console.say("");
        }
        if (!answer.candidates().isEmpty()) {
            console.say("Tried, on other fresh inputs");
            console.show(CandidateLine.table(answer.candidates()));
            console.say("");
        }
        print(console, answer.fidelity(), answer.floor());
        console.say("%s in %s, written to %s"
                .formatted(
                        sizes(answer.bytesBefore(), answer.bytesAfter()),
                        Figures.seconds(answer.seconds()),
                        answer.output()));
    }

    private static void print(Console console, Fidelity fidelity, GuardOutcome floor) {
        if (floor.fellBack()) {
            console.say("Fell back because " + floor.atFirst());
            floor.fallbackLines().forEach(line -> console.say("  " + line));
            console.say("");
        }
        if (!fidelity.outputs().isEmpty()) {
            console.say("On " + fidelity.inputsText());
            console.show(fidelity.table());
            console.say("");
        }
    }

    private static Optional<StageError> input(LayerReport layer) {
        return layer.stages().stream()
                .filter(stage -> stage.stage() == StageError.Stage.INPUT)
                .findFirst();
    }

    /** Sizes and their ratio: {@code 14.0 MB -> 3.71 MB (0.26x)}. */
    public static String sizes(long before, long after) {
        return "%s -> %s (%sx)"
                .formatted(Figures.bytes(before), Figures.bytes(after), Figures.decimal((double) after / before, 2));
    }
}
