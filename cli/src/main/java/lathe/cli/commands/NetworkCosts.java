package lathe.cli.commands;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.ToDoubleFunction;
import lathe.cli.device.NetworkWork;
import lathe.cli.options.DeviceProfile;
import lathe.engine.graph.ConstantValues;
import lathe.engine.graph.Graph;
import lathe.engine.layer.Precision;
import lathe.engine.operator.Multiplication;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.tensor.ElementType;
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

        double joules(Precision precision, DeviceProfile.Energy energy) {
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
