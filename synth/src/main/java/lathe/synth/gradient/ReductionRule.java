package lathe.synth.gradient;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import lathe.engine.graph.Node;

/** Sums and means over axes: the gradient is repeated along them, divided by their extent for a mean. */
final class ReductionRule implements GradientRule {

    @Override
    public void differentiate(Node node, AdjointPass pass) {
        String x = node.inputs().get(0);
        List<Long> shape = pass.shape(x);
        List<Integer> axes = axes(node, pass, shape.size());
        if (axes.contains(0)) {
            throw GradientRule.unknown(node, " over the batch");
        }
        List<Long> kept = new ArrayList<>(AdjointPass.anyBatch(shape));
        axes.forEach(axis -> kept.set(axis, 1L));
        String dy = pass.reshaped(pass.gradient(node), kept);
        if (!node.is("ReduceSum")) {
            long count = axes.stream().mapToLong(shape::get).reduce(1, Math::multiplyExact);
            dy = pass.add("Mul", dy, pass.scalar(1f / count));
        }
        pass.give(x, pass.expandedAs(dy, x));
    }

    /** An attribute up to opset 12 or 17, an input then; all axes where neither is given. */
    private static List<Integer> axes(Node node, AdjointPass pass, int rank) {
        if (node.is("GlobalAveragePool")) {
            return IntStream.range(2, rank).boxed().toList();
        }
        Optional<long[]> stated = node.integers("axes").or(() -> pass.longs(node, 1));
        boolean none = node.integer("noop_with_empty_axes").orElse(0) != 0;
        return Arrays.stream(stated.orElseGet(
                        () -> none ? new long[0] : LongStream.range(0, rank).toArray()))
                .mapToObj(axis -> AdjointPass.axis(axis, rank))
                .toList();
    }
}
