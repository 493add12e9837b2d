package lathe.cli;

import java.util.ArrayList;
import java.util.List;
import lathe.engine.layer.Layers.Skipped;
import lathe.engine.report.CompressionReport;
import lathe.engine.report.LayerReport;

/** A compression report in words and tables. */
final class ReportText {

    private static final String LEGEND =
            "error: share of the energy of a layer's output that its new weights cost; dB: the same as a ratio";

    /** Where the share of zeros stands. */
    private static final int ZEROS = 4;

    private ReportText() {}

    /** One line a layer: how it was stored, and what part of its output's energy the rounding costs. */
    static String layers(CompressionReport report, String indent) {
        boolean pruned =
                !report.provenance().options().getOrDefault("sparsity", "none").startsWith("none");
        Table table = pruned
                ? new Table("layer", "kind", ">weights", ">bits", ">zeros %", ">bytes", ">error %", ">dB")
                : new Table("layer", "kind", ">weights", ">bits", ">bytes", ">error %", ">dB");
        for (LayerReport layer : report.layers()) {
            List<String> cells = new ArrayList<>(List.of(
                    Figures.name(layer.layer()),
                    layer.opType(),
                    Figures.shape(layer.shape()),
                    layer.bits() == Float.SIZE ? "float" : String.valueOf(layer.bits()),
                    "%s -> %s".formatted(Figures.bytes(layer.bytesBefore()), Figures.bytes(layer.bytesAfter())),
                    Figures.smallPercent(layer.error()),
                    Figures.decibels(layer.signalToNoise())));
            if (pruned) {
                cells.add(ZEROS, Figures.decimal(100 * layer.sparsity(), 1));
            }
            table.row(cells.toArray(String[]::new));
        }
        return table.render(indent) + "\n" + indent + LEGEND;
    }

    /** What stayed in FP32; empty text if nothing did. */
    static String skipped(List<Skipped> skipped, String indent) {
        Table table = new Table("", "", "");
        skipped.forEach(left -> table.row(Figures.name(left.name()), left.opType(), left.reason()));
        return table.isEmpty() ? "" : table.render(indent);
    }

    /** Sizes and their ratio: {@code 14.0 MB -> 3.71 MB (0.26x)}. */
    static String sizes(long before, long after) {
        return "%s -> %s (%sx)"
                .formatted(Figures.bytes(before), Figures.bytes(after), Figures.decimal((double) after / before, 2));
    }
}
