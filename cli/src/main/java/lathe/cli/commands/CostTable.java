package lathe.cli.commands;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.cli.commands.NetworkCosts.Counted;
import lathe.cli.device.LatencyModel;
import lathe.cli.device.NetworkWork;
import lathe.cli.device.NodeWork;
import lathe.cli.options.DeviceProfile;
import lathe.cli.options.InputSettings;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.Figures;
import lathe.cli.shell.Table;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.layer.Precision;
import lathe.synth.input.InputPlan;

/**
 * What a run of a network costs on a device, node by node. Null stands for what is not known.
 *
 * @param device name of the profile
 * @param source where its figures come from
 * @param energySource where those of energy come from, in the words of the table; null where it has none
 * @param measured false where figures are from a table
 * @param nodes those that multiply with constant weights, and all that take time if the device has times, in graph order
 * @param unknown names of those whose weights are not one matrix of FLOAT; they are in no sum but that of time
 * @param macs multiplications, each with an addition
 * @param bops multiplications times bits of both factors
 * @param joules energy of the multiplications and of reading weights and inputs once
 * @param milliseconds predicted time of a run, with {@code threads}
 * @param threads that work on one node
 * @param latencyError median relative error of such predictions, on networks that the profile was not fitted to
 */
record CostTable(
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
        Double latencyError) {

    /**
     * A node.
     *
     * @param weightBits bits of a weight, 32 for a float
     * @param inputBits bits of what it is multiplied with
     */
    record Row(
            String name,
            String opType,
            long macs,
            Integer weightBits,
            Integer inputBits,
            Double bops,
            Double joules,
            Double milliseconds) {

        private static Row of(Counted node, Optional<Precision> precision, DeviceProfile device, Double milliseconds) {
            return new Row(
                    node.name(),
                    node.opType(),
                    node.macs(),
                    precision.map(Precision::weights).orElse(null),
                    precision.map(Precision::inputs).orElse(null),
                    precision.map(node::bops).orElse(null),
                    precision
                            .flatMap(bits -> device.energy().map(energy -> node.joules(bits, energy)))
                            .orElse(null),
                    milliseconds);
        }
    }

    /**
     * The costs of a network with inputs of the shapes that the options give.
     *
     * @throws CommandException if ONNX Runtime cannot load it
     */
    static CostTable of(Arguments arguments, Graph graph, DeviceProfile device) {
        NetworkCosts costs;
        List<NodeWork> work;
        try {
            InputPlan plan = InputSettings.check(arguments, graph, InputSettings.of(arguments, 1, 0));
            costs = NetworkCosts.of(graph, plan);
            work = device.latency().isPresent() ? NetworkWork.of(graph, NetworkCosts.shapes(graph, plan)) : List.of();
        } catch (UnsupportedModelException e) {
            throw CommandException.impossible(
                    "%s: the costs of a run are not known: %s".formatted(arguments.operand(0), e.getMessage()), e);
        }
        Optional<List<Precision>> precisions = NetworkCosts.precisions(graph);
        return new CostTable(
                device.name(),
                device.source(),
                device.energy().isPresent() ? device.energySource() : null,
                device.measured(),
                rows(costs, precisions, work, device),
                costs.unknown(),
                (long) costs.sum(Counted::macs),
                precisions
                        .map(all -> costs.sum(node -> node.bops(all.get(node.place()))))
                        .orElse(null),
                precisions
                        .flatMap(all -> device.energy()
                                .map(energy -> costs.sum(node -> node.joules(all.get(node.place()), energy))))
                        .orElse(null),
                device.latency().map(model -> model.millis(work)).orElse(null),
                device.latency().map(LatencyModel::threads).orElse(null),
                device.latency()
                        .map(LatencyModel::error)
                        .filter(error -> !error.isNaN())
                        .orElse(null));
    }

    private static List<Row> rows(
            NetworkCosts costs, Optional<List<Precision>> precisions, List<NodeWork> work, DeviceProfile device) {
        Map<String, Counted> left = new LinkedHashMap<>();
        costs.counted().forEach(node -> left.put(node.name(), node));
        List<Row> rows = new ArrayList<>();
        for (NodeWork node : work) {
            double milliseconds = device.latency().orElseThrow().millis(node);
            Counted counted = left.remove(node.name());
            rows.add(
                    counted == null
                            ? new Row(node.name(), node.opType(), 0, null, null, null, null, milliseconds)
                            : Row.of(counted, precision(counted, precisions), device, milliseconds));
        }
        left.values().forEach(node -> rows.add(Row.of(node, precision(node, precisions), device, null)));
        return rows;
    }

    private static Optional<Precision> precision(Counted node, Optional<List<Precision>> precisions) {
        return precisions.map(all -> all.get(node.place()));
    }

    /** A table, sums below. */
    String text() {
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
            text.append("\nPredicted time of a run on %s: %s, %s%s (%s)"
                    .formatted(
                            device,
                            PredictedTime.figure(milliseconds),
                            Figures.plural(threads, "thread"),
                            latencyError == null ? "" : ", median error %s".formatted(Figures.percent(latencyError, 0)),
                            source));
        }
        if (!unknown.isEmpty()) {
            text.append("\nNot counted, since their weights are not one matrix of FLOAT: ")
                    .append(String.join(", ", unknown));
        }
        return text.append('\n').toString();
    }
}
