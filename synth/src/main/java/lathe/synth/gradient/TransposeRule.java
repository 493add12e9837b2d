package lathe.synth.gradient;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import lathe.engine.graph.Node;

/** Transpose: dx is dy in the inverse order of axes. */
final class TransposeRule implements GradientRule {

    @Override
    public void differentiate(Node node, AdjointPass pass) {
        String x = node.inputs().get(0);
        int rank = pass.shape(x).size();
        long[] order = node.integers("perm")
                .orElseGet(() -> IntStream.range(0, rank)
                        .mapToLong(axis -> rank - 1 - axis)
                        .toArray());
        long[] inverse = new long[rank];
        for (int axis = 0; axis < rank; axis++) {
            inverse[Math.toIntExact(order[axis])] = axis;
        }
        pass.give(
                x, pass.add("Transpose", List.of(pass.gradient(node)), Map.of("perm", AdjointPass.integers(inverse))));
    }
}
