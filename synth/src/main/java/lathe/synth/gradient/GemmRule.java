package lathe.synth.gradient;

import java.util.List;
import java.util.Map;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Node;

/** Gemm, Y = alpha A' B' + beta C, where a prime stands for a transpose or none. */
final class GemmRule implements GradientRule {

    @Override
    public void differentiate(Node node, AdjointPass pass) {
        String a = node.inputs().get(0);
        String b = node.inputs().get(1);
        String dy = pass.gradient(node);
        boolean transA = node.integer("transA").orElse(0) != 0;
        boolean transB = node.integer("transB").orElse(0) != 0;
        float alpha = node.real("alpha", 1);
        if (pass.wants(node, 0)) {
            pass.give(
                    a,
                    transA ? product(pass, alpha, b, transB, dy, true) : product(pass, alpha, dy, false, b, !transB));
        }
        if (pass.wants(node, 1)) {
            pass.give(
                    b,
                    transB ? product(pass, alpha, dy, true, a, transA) : product(pass, alpha, a, !transA, dy, false));
        }
        if (pass.wants(node, 2)) {
            String c = node.inputs().get(2);
            String scaled = pass.add("Mul", dy, pass.scalar(node.real("beta", 1)));
            pass.give(c, pass.unbroadcast(scaled, pass.shape(node.output()), c));
        }
    }

    private static String product(
            AdjointPass pass, float alpha, String left, boolean transLeft, String right, boolean transRight) {
        return pass.add(
                "Gemm",
                List.of(left, right),
                Map.of(
                        "alpha", new Attribute.Real(alpha),
                        "transA", new Attribute.Int(transLeft ? 1 : 0),
                        "transB", new Attribute.Int(transRight ? 1 : 0)));
    }
}
