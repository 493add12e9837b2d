package lathe.synth.gradient;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lathe.engine.graph.Node;

/**
 * Resize that repeats each element a whole number of times along each spatial axis: dx is the sum of dy over the copies,
 * their average times their number.
 */
final class ResizeRule implements GradientRule {

    private static final Set<String> CENTRED = Set.of("half_pixel", "pytorch_half_pixel", "half_pixel_symmetric");

    @Override
    public void differentiate(Node node, AdjointPass pass) {
        List<Long> small = pass.shape(node.inputs().get(0));
        List<Long> large = pass.shape(node.output());
        int rank = small.size();
        long[] factors = new long[Math.max(0, rank - 2)];
        boolean whole = rank > 2 && small.subList(0, 2).equals(large.subList(0, 2));
        for (int axis = 2; axis < rank; axis++) {
            factors[axis - 2] = large.get(axis) / small.get(axis);
            whole &= factors[axis - 2] * small.get(axis) == large.get(axis);
        }
        String coordinates = node.text("coordinate_transformation_mode", "half_pixel");
        String rounding = node.text("nearest_mode", "round_prefer_floor");
        boolean repeats = (CENTRED.contains(coordinates) && rounding.startsWith("round"))
                || (coordinates.equals("asymmetric") && rounding.equals("floor"));
        if (!whole || !repeats || !node.text("mode", "nearest").equals("nearest")) {
            throw GradientRule.unknown(node, " other than by repeating elements");
        }
        String mean = pass.add(
                "AveragePool",
                List.of(pass.gradient(node)),
                Map.of("kernel_shape", AdjointPass.integers(factors), "strides", AdjointPass.integers(factors)));
        long copies = Arrays.stream(factors).reduce(1, Math::multiplyExact);
        pass.give(node.inputs().get(0), pass.add("Mul", mean, pass.scalar((float) copies)));
    }
}
