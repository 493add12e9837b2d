package lathe.synth.gradient;

import java.util.Arrays;
import java.util.List;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;

/** BatchNormalization with constant statistics, a factor per channel: dx = dy γ / sqrt(σ² + ε). */
final class BatchNormalizationRule implements GradientRule {

    @Override
    public void differentiate(Node node, AdjointPass pass) {
        Graph graph = pass.graph();
        if (graph.constant(node, 1).isEmpty() || graph.constant(node, 4).isEmpty()) {
            throw GradientRule.unknown(node, " with computed statistics");
        }
        float[] factor = graph.constant(node, 1).map(Initializer::floats).orElseThrow();
        float[] variance = graph.constant(node, 4).map(Initializer::floats).orElseThrow();
        double epsilon = node.real("epsilon", 1e-5f);
        for (int c = 0; c < factor.length; c++) {
            factor[c] = (float) (factor[c] / Math.sqrt(variance[c] + epsilon));
        }
        List<Long> shape = pass.shape(node.inputs().get(0));
        long[] dims = new long[Math.max(1, shape.size() - 1)]; // channels x 1 ..., which broadcasts from the right
        Arrays.fill(dims, 1);
        dims[0] = factor.length;
        pass.give(node.inputs().get(0), pass.add("Mul", pass.gradient(node), pass.constant(factor, dims)));
    }
}
