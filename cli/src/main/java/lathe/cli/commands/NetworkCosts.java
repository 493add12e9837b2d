package lathe.cli.commands;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.ToDoubleFunction;
import lathe.cli.device.AdditiveModel;
import lathe.cli.device.NetworkWork;
import lathe.cli.device.NodeWork;
import lathe.cli.options.DeviceProfile;
import lathe.cli.report.CostTable;
import lathe.cli.report.CostTable.Row;
import lathe.cli.report.RunCosts;
import lathe.engine.graph.ConstantValues;
import lathe.engine.graph.Graph;
import lathe.engine.layer.Precision;
import lathe.engine.operator.Multiplication;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.tensor.ElementType;
import lathe.engine.twin.FloatTwin;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.network.ValueShapes;

/**
 * What the multiplications of a network with constant weights cost in one run. Those of two computed values, as in
 * attention, are not counted: compression does not change them.
 *
 * @param counted in graph order
 * @param unknown names of nodes whose weights are not one matrix of FLOAT
 */
record NetworkCosts(List<Counted> counted, List<String> unknown) {

    /**
     * One node.
     *
     * @param place among all {@link Multiplication}s of the graph
     * @param macs multiplications, each with an addition
     * @param weights number of weights
     * @param inputs numbers that they meet
     */
    record Counted(int place, String name, String opType, long macs, long weights, long inputs) {

        /** Bit operations: multiplications times bits of both factors; sums are exact up to 2^53. */
        double bops(Precision precision) {
            return (double) macs * precision.weights() * precision.inputs();
        }

        double joules(Precision precision, DeviceProfile.EnergyTable energy) {
            return energy.joules(macs, weights, inputs, precision);
        }
    }

    /** Counts in a run of one image, or of the batch that the network takes. Loads the network; runs it once where that takes it. */
    static NetworkCosts of(Graph graph, InputPlan plan) {
        List<Multiplication> all = Multiplication.of(graph);
        List<String> values = all.stream()
                .filter(found -> graph.constant(found.weights())
                        .map(weights -> weights.type() == ElementType.FLOAT)
                        .orElse(true))
                .flatMap(Multiplication::values)
                .toList();
        ValueShapes shapes = ValueShapes.of(
                graph, plan.extents(), () -> plan.batch(0, plan.fixedBatch().orElse(1)), values);
        List<Counted> counted = new ArrayList<>();
        List<String> unknown = new ArrayList<>();
        for (int place = 0; place < all.size(); place++) {
            Multiplication found = all.get(place);
            OptionalLong macs = found.macs(shapes);
            OptionalLong inputs = found.inputs(shapes);
            if (macs.isEmpty() || inputs.isEmpty()) {
                unknown.add(found.name());
            } else {
                long weights =
                        shapes.apply(found.weights()).orElseThrow().stream().reduce(1L, Math::multiplyExact);
                counted.add(new Counted(
                        place, found.name(), found.node().opType(), macs.getAsLong(), weights, inputs.getAsLong()));
            }
        }
        return new NetworkCosts(counted, unknown);
    }

    /** What a run of a network costs on a device, before and after it is compressed. */
    static RunCosts compared(DeviceProfile device, Graph original, Graph compressed, InputOptions inputs) {
        return new RunCosts(
                table(device, original, InputPlan.of(original, inputs)),
                table(device, compressed, InputPlan.of(compressed, inputs)));
    }

    /**
     * What a run of a network costs on a device, node by node. Loads the network, as {@link #of} does.
     *
     * @throws lathe.engine.graph.UnsupportedModelException if ONNX Runtime cannot load it
     */
    static CostTable table(DeviceProfile device, Graph given, InputPlan plan) {
        Graph graph = FloatTwin.of(given).graph();
        NetworkCosts costs = of(graph, plan);
        Optional<List<Precision>> precisions = precisions(graph);
        Optional<AdditiveModel> energy = device.energy();
        Optional<AdditiveModel> latency = device.latency();
        List<NodeWork> work =
                energy.or(() -> latency).isPresent() ? NetworkWork.of(graph, shapes(graph, plan)) : List.of();
        return new CostTable(
                device.name(),
                device.source(),
                device.energySource().orElse(null),
                device.measured(),
                costs.rows(precisions, work, device),
                costs.unknown(),
                costs.macs(),
                precisions
                        .map(all -> costs.sum(node -> node.bops(all.get(node.place()))))
                        .orElse(null),
                energy.map(model -> model.of(work))
                        .or(() -> precisions.flatMap(all -> device.table()
                                .map(spent -> costs.sum(node -> node.joules(all.get(node.place()), spent)))))
                        .orElse(null),
                latency.map(model -> model.of(work)).orElse(null),
                latency.map(AdditiveModel::threads).orElse(null),
                error(latency),
                error(energy));
    }

    private static Double error(Optional<AdditiveModel> model) {
        return model.map(AdditiveModel::error).filter(error -> !error.isNaN()).orElse(null);
    }

    private List<Row> rows(Optional<List<Precision>> precisions, List<NodeWork> work, DeviceProfile device) {
        Map<String, Counted> left = new LinkedHashMap<>();
        counted.forEach(node -> left.put(node.name(), node));
        List<Row> rows = new ArrayList<>();
        for (NodeWork node : work) {
            Double joules = device.energy().map(model -> model.of(node)).orElse(null);
            Double milliseconds = device.latency().map(model -> model.of(node)).orElse(null);
            Counted found = left.remove(node.name());
            rows.add(
                    found == null
                            ? new Row(node.name(), node.opType(), 0, null, null, null, joules, milliseconds)
                            : row(found, precisions, device, joules, milliseconds));
        }
        left.values().forEach(node -> rows.add(row(node, precisions, device, null, null)));
        return rows;
    }

    private static Row row(
            Counted node,
            Optional<List<Precision>> precisions,
            DeviceProfile device,
            Double joules,
            Double milliseconds) {
        Optional<Precision> precision = precisions.map(all -> all.get(node.place()));
        return new Row(
                node.name(),
                node.opType(),
                node.macs(),
                precision.map(Precision::weights).orElse(null),
                precision.map(Precision::inputs).orElse(null),
                precision.map(node::bops).orElse(null),
                precision
                        .flatMap(bits -> device.table().map(spent -> node.joules(bits, spent)))
                        .orElse(joules),
                milliseconds);
    }

    /** Shapes of all values that hold floats, in a run of one image, or of the batch that the network takes. */
    static ValueShapes shapes(Graph graph, InputPlan plan) {
        return NetworkWork.shapes(
                graph, plan.extents(), () -> plan.batch(0, plan.fixedBatch().orElse(1)));
    }

    /** With how many bits a network multiplies, as it says itself, or as it holds its weights; empty where that is not known. */
    static Optional<List<Precision>> precisions(Graph graph) {
        List<Multiplication> all = Multiplication.of(graph);
        Optional<String> noted = Optional.ofNullable(graph.metadata().get(CompressionPipeline.PRECISION));
        if (noted.isPresent()) {
            return Precision.list(noted.get(), all.size());
        }
        ConstantValues constants = ConstantValues.of(graph);
        return all.stream().anyMatch(found -> constants.isDequantized(found.weights()))
                ? Optional.empty()
                : Optional.of(all.stream().map(found -> Precision.FLOAT).toList());
    }

    long macs() {
        return counted.stream().mapToLong(Counted::macs).sum();
    }

    /** The sum of a cost over the nodes, in their order. */
    double sum(ToDoubleFunction<Counted> cost) {
        double sum = 0;
        for (Counted node : counted) {
            sum += cost.applyAsDouble(node);
        }
        return sum;
    }
}
