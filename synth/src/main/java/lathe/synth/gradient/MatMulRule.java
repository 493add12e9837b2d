package lathe.synth.gradient;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import lathe.engine.graph.Node;

/** MatMul of matrices, or of stacks of them that broadcast: dA = dY Bᵀ, dB = Aᵀ dY. */
final class MatMulRule implements GradientRule {

    @Override
    public void differentiate(Node node, AdjointPass pass) {
        String a = node.inputs().get(0);
        String b = node.inputs().get(1);
        if (pass.shape(a).size() < 2 || pass.shape(b).size() < 2) {
            throw GradientRule.unknown(node, " of a vector");
        }
        String dy = pass.gradient(node);
        List<Long> shape = pass.shape(node.output());
        if (pass.wants(node, 0)) {
            pass.give(a, unbroadcast(pass, pass.add("MatMul", dy, transposed(pass, b)), shape, a));
        }
        if (pass.wants(node, 1)) {
            pass.give(b, unbroadcast(pass, pass.add("MatMul", transposed(pass, a), dy), shape, b));
        }
    }

    /** Sums over repeated matrices; the last two axes are the matrix's own. */
    private static String unbroadcast(AdjointPass pass, String gradient, List<Long> product, String value) {
        List<Long> own = pass.shape(value);
        List<Long> shape = new ArrayList<>(product.subList(0, product.size() - 2));
        shape.addAll(own.subList(own.size() - 2, own.size()));
        return pass.unbroadcast(gradient, shape, value);
    }

    private static String transposed(AdjointPass pass, String matrix) {
        int rank = pass.shape(matrix).size();
        long[] order = LongStream.range(0, rank).toArray();
        order[rank - 2]++;
        order[rank - 1]--;
        return pass.add("Transpose", List.of(matrix), Map.of("perm", AdjointPass.integers(order)));
    }
}
