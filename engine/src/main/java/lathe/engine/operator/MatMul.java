package lathe.engine.operator;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import lathe.engine.graph.Node;

/**
 * {@code A B} with constant B stored as inputs x outputs, or with constant A stored as outputs x inputs; what meets it, of any
 * rank. Weights of more axes are a batch of matrices: each is a group, which meets the entries at its place in the batch.
 */
final class MatMul extends Product {

    MatMul(boolean left) {
        super("MatMul", left, OptionalInt.empty());
    }

    @Override
    public WeightLayout layout(Node node, List<Long> dims) {
        return WeightLayout.ofProduct(dims, dims.size() - 2, 1, isLeft());
    }

    @Override
    public Observed observed(Node node, List<Long> dims) {
        int rank = dims.size();
        int inputs = Math.toIntExact(dims.get(isLeft() ? rank - 1 : rank - 2));
        long outputs = dims.get(isLeft() ? rank - 2 : rank - 1);
        if (rank == 2 && !isLeft()) {
            return Observed.Rows.ofMatrix(OptionalInt.empty(), LAST, inputs, Math.toIntExact(outputs));
        }
        List<Observed.Axis> batch = IntStream.range(0, rank - 2)
                .filter(axis -> dims.get(axis) > 1)
                .mapToObj(axis -> new Observed.Axis(axis - rank, Math.toIntExact(dims.get(axis))))
                .toList();
        List<Long> perOutput = new ArrayList<>(dims.subList(0, rank - 2));
        perOutput.addAll(isLeft() ? List.of(outputs, 1L) : List.of(1L, outputs));
        Observed.Axis axis = new Observed.Axis(isLeft() ? SECOND_LAST : LAST, inputs);
        return new Observed.Rows(OptionalInt.empty(), List.of(axis), batch, perOutput, false);
    }
}
