package lathe.cli.report;

import java.util.List;
import lathe.cli.shell.Figures;
import lathe.cli.shell.Table;

/**
 * What a run of a network costs on a device, node by node. Null stands for what is not known.
 *
 * @param device name of the profile
 * @param source where its figures come from
 * @param energySource where those of energy come from, in the words of the table; null where it has none
 * @param measured false where figures are from a table
 * @param nodes those that multiply with constant weights, and all that are executed if the device has their times or energies, in
 *     graph order
 * @param unknown names of those whose weights are not one matrix of FLOAT; they are in no sum but those of all nodes
 * @param macs multiplications, each with an addition
 * @param bops multiplications times bits of both factors
 * @param joules energy of all nodes above that of the idle device, if the device has that; else of the multiplications and of
 *     reading weights and inputs once
 * @param milliseconds predicted time of a run, with {@code threads}
 * @param threads that work on one node
 * @param latencyError median relative error of such predictions, on networks that the profile was not fitted to
 * @param energyError the same of energies of all nodes
 */
public record CostTable(
        String device,
        String source,
        String energySource,
        boolean measured,
        List<Row> nodes,
        List<String> unknown,
        long macs,
        Double bops,
        Double joules,
        Double milliseconds,
        Integer threads,
        Double latencyError,
        Double energyError) {

    /**
     * A node.
     *
     * @param weightBits bits of a weight, 32 for a float
     * @param inputBits bits of what it is multiplied with
     */
    public record Row(
            String name,
            String opType,
            long macs,
            Integer weightBits,
            Integer inputBits,
            Double bops,
            Double joules,
            Double milliseconds) {}

    /** A table, sums below. */
    public String text() {
        Table table = new Table("node", "kind", ">MACs", ">bits", ">bit operations", ">energy", ">milliseconds");
        for (Row row : nodes) {
            boolean multiplies = row.macs() > 0;
            table.row(
                    row.name().isEmpty() ? "(the run itself)" : Figures.name(row.name()),
                    row.opType(),
                    multiplies ? Figures.large((double) row.macs()) : "",
                    !multiplies ? "" : row.weightBits() == null ? "?" : row.weightBits() + " x " + row.inputBits(),
                    !multiplies ? "" : row.bops() == null ? "?" : Figures.large(row.bops()),
                    row.joules() == null ? "" : Figures.joules(row.joules()),
                    row.milliseconds() == null ? "" : Figures.decimal(row.milliseconds(), 3));
        }
        StringBuilder text = new StringBuilder("Costs of a run\n")
                .append(table.render("  "))
                .append("\n%s MACs with constant weights".formatted(Figures.large((double) macs)));
        if (bops == null) {
            text.append("; bits are not known, since Lathe did not write this file or it was edited");
        } else {
            text.append(", %s bit operations".formatted(Figures.large(bops)));
        }
        if (joules != null) {
            text.append(", %s on %s (%s)".formatted(Figures.joules(joules), device, energySource));
        }
        if (milliseconds != null) {
            text.append("\nPredicted time of a run on %s: %s, %s (%s)"
                    .formatted(device, Figures.milliseconds(milliseconds), conditions(), source));
        }
        if (!unknown.isEmpty()) {
            text.append("\nNot counted, since their weights are not one matrix of FLOAT: ")
                    .append(String.join(", ", unknown));
        }
        return text.append('\n').toString();
    }

    /** With how many threads, and how well, times are predicted. */
    String conditions() {
        return Figures.plural(threads, "thread")
                + (latencyError == null ? "" : ", median error " + Figures.percent(latencyError, 0));
    }
}
