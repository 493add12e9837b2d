package lathe.cli.commands;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lathe.cli.commands.NetworkCosts.Counted;
import lathe.cli.options.DeviceProfile;
import lathe.cli.options.InputSettings;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.Figures;
import lathe.cli.shell.Table;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.layer.Precision;

/**
 * What a run of a network costs on a device, node by node. Null stands for what is not known.
 *
 * @param device name of the profile
 * @param source where its figures come from
 * @param measured false where they are from a table
 * @param nodes those that multiply with constant weights, in graph order
 * @param unknown names of those whose weights are not one matrix of FLOAT; they are in no sum
 * @param macs multiplications, each with an addition
 * @param bops multiplications times bits of both factors
 * @param joules energy of the multiplications and of reading weights and inputs once
 */
record CostTable(
        String device,
        String source,
        boolean measured,
        List<Row> nodes,
        List<String> unknown,
        long macs,
        Double bops,
        Double joules) {

    /**
     * A node.
     *
     * @param weightBits bits of a weight, 32 for a float
     * @param inputBits bits of what it is multiplied with
     */
    record Row(
            String name, String opType, long macs, Integer weightBits, Integer inputBits, Double bops, Double joules) {

        private static Row of(Counted node, Optional<Precision> precision, DeviceProfile device) {
            return new Row(
                    node.name(),
                    node.opType(),
                    node.macs(),
                    precision.map(Precision::weights).orElse(null),
                    precision.map(Precision::inputs).orElse(null),
                    precision.map(node::bops).orElse(null),
                    precision.map(bits -> node.joules(bits, device)).orElse(null));
        }
    }

    /**
     * The costs of a network with inputs of the shapes that the options give.
     *
     * @throws CommandException if ONNX Runtime cannot load it
     */
    static CostTable of(Arguments arguments, Graph graph, DeviceProfile device) {
        NetworkCosts costs;
        try {
            costs = NetworkCosts.of(graph, InputSettings.check(arguments, graph, InputSettings.of(arguments, 1, 0)));
        } catch (UnsupportedModelException e) {
            throw CommandException.impossible(
                    "%s: the costs of a run are not known: %s".formatted(arguments.operand(0), e.getMessage()), e);
        }
        Optional<List<Precision>> precisions = NetworkCosts.precisions(graph);
        List<Row> rows = new ArrayList<>();
        for (Counted node : costs.counted()) {
            rows.add(Row.of(node, precisions.map(all -> all.get(node.place())), device));
        }
        return new CostTable(
                device.name(),
                device.source(),
                device.measured(),
                rows,
                costs.unknown(),
                (long) costs.sum(Counted::macs),
                precisions
                        .map(all -> costs.sum(node -> node.bops(all.get(node.place()))))
                        .orElse(null),
                precisions
                        .map(all -> costs.sum(node -> node.joules(all.get(node.place()), device)))
                        .orElse(null));
    }

    /** A table, sums below. */
    String text() {
        Table table = new Table("node", "kind", ">MACs", ">bits", ">bit operations", ">energy");
        for (Row row : nodes) {
            table.row(
                    Figures.name(row.name()),
                    row.opType(),
                    Figures.large((double) row.macs()),
                    row.weightBits() == null ? "?" : row.weightBits() + " x " + row.inputBits(),
                    row.bops() == null ? "?" : Figures.large(row.bops()),
                    row.joules() == null ? "?" : Figures.joules(row.joules()));
        }
        StringBuilder text = new StringBuilder("Costs of a run\n")
                .append(table.render("  "))
                .append("\n%s MACs with constant weights".formatted(Figures.large((double) macs)));
        if (bops == null) {
            text.append("; bits are not known, since Lathe did not write this file or it was edited");
        } else {
            text.append(", %s bit operations, %s on %s (%s%s)"
                    .formatted(
                            Figures.large(bops),
                            Figures.joules(joules),
                            device,
                            source,
                            measured ? "" : "; from a table, not measured"));
        }
        if (!unknown.isEmpty()) {
            text.append("\nNot counted, since their weights are not one matrix of FLOAT: ")
                    .append(String.join(", ", unknown));
        }
        return text.append('\n').toString();
    }
}
