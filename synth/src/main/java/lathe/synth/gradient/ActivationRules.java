package lathe.synth.gradient;

import java.util.Map;
import lathe.engine.graph.Node;

/**
 * Functions of one input, element by element: dx = dy f'(x). Where f has a kink, f' is that of the flat side, which is the
 * left one for LeakyRelu and PRelu.
 */
final class ActivationRules {

    /** Gives dx from x, y = f(x) and dy. */
    private interface Derivative {
        String of(AdjointPass pass, Node node, String x, String y, String dy);
    }

    static final Map<String, GradientRule> BY_OPERATOR = Map.ofEntries(
            rule("Relu", (pass, node, x, y, dy) -> pass.where(isAbove(pass, x, 0), dy)),
            rule("Clip", ActivationRules::clip),
            rule("LeakyRelu", (pass, node, x, y, dy) -> sided(pass, x, dy, pass.scalar(node.real("alpha", 0.01f)))),
            rule("PRelu", ActivationRules::prelu),
            rule("Elu", ActivationRules::elu),
            rule("Sigmoid", (pass, node, x, y, dy) -> pass.add("Mul", dy, bell(pass, y))),
            rule("HardSigmoid", ActivationRules::hardSigmoid),
            rule("HardSwish", ActivationRules::hardSwish),
            rule("Tanh", (pass, node, x, y, dy) -> times(pass, dy, pass.add("Sub", one(pass), square(pass, y)))),
            rule("Softplus", (pass, node, x, y, dy) -> times(pass, dy, pass.add("Sigmoid", x))),
            rule("Erf", ActivationRules::erf),
            rule("Exp", (pass, node, x, y, dy) -> times(pass, dy, y)),
            rule("Log", (pass, node, x, y, dy) -> pass.add("Div", dy, x)),
            rule("Sqrt", (pass, node, x, y, dy) -> pass.add("Div", dy, pass.add("Add", y, y))),
            rule("Reciprocal", (pass, node, x, y, dy) -> pass.add("Neg", times(pass, dy, square(pass, y)))),
            rule("Neg", (pass, node, x, y, dy) -> pass.add("Neg", dy)),
            rule("Abs", (pass, node, x, y, dy) -> times(pass, dy, pass.add("Sign", x))));

    private ActivationRules() {}

    private static Map.Entry<String, GradientRule> rule(String operator, Derivative derivative) {
        return Map.entry(operator, (node, pass) -> {
            if (node.inputs().stream().skip(1).anyMatch(pass::isActive)) {
                throw GradientRule.unknown(node, " with a computed parameter");
            }
            String x = node.inputs().get(0);
            pass.give(x, derivative.of(pass, node, x, node.output(), pass.gradient(node)));
        });
    }

    private static String clip(AdjointPass pass, Node node, String x, String y, String dy) {
        String gradient = dy;
        if (node.input(1).isPresent()) {
            gradient = pass.where(pass.add("Greater", x, node.inputs().get(1)), gradient);
        }
        if (node.input(2).isPresent()) {
            gradient = pass.where(pass.add("Less", x, node.inputs().get(2)), gradient);
        }
        return gradient;
    }

    private static String prelu(AdjointPass pass, Node node, String x, String y, String dy) {
        return sided(pass, x, dy, node.inputs().get(1));
    }

    /** dy above 0, slope dy below. */
    private static String sided(AdjointPass pass, String x, String dy, String slope) {
        return pass.add("Where", isAbove(pass, x, 0), dy, times(pass, dy, slope));
    }

    /** Below 0, y = alpha (exp(x) - 1) has the derivative y + alpha. */
    private static String elu(AdjointPass pass, Node node, String x, String y, String dy) {
        return sided(pass, x, dy, pass.add("Add", y, pass.scalar(node.real("alpha", 1))));
    }

    /** alpha where y is neither 0 nor 1. */
    private static String hardSigmoid(AdjointPass pass, Node node, String x, String y, String dy) {
        return times(pass, pass.where(isAbove(pass, bell(pass, y), 0), dy), pass.scalar(node.real("alpha", 0.2f)));
    }

    /** x max(0, min(1, x/6 + 1/2)): x/3 + 1/2 between -3 and 3, 1 above, 0 below. */
    private static String hardSwish(AdjointPass pass, Node node, String x, String y, String dy) {
        String line = pass.add("Add", times(pass, x, pass.scalar(1f / 3)), pass.scalar(0.5f));
        String middle = pass.add("Less", pass.add("Abs", x), pass.scalar(3));
        return pass.add("Where", middle, times(pass, dy, line), pass.where(isAbove(pass, x, 0), dy));
    }

    private static String erf(AdjointPass pass, Node node, String x, String y, String dy) {
        String bell = pass.add("Exp", pass.add("Neg", square(pass, x)));
        return times(pass, dy, times(pass, bell, pass.scalar((float) (2 / Math.sqrt(Math.PI)))));
    }

    /** y (1 - y). */
    private static String bell(AdjointPass pass, String y) {
        return times(pass, y, pass.add("Sub", one(pass), y));
    }

    private static String isAbove(AdjointPass pass, String x, float bound) {
        return pass.add("Greater", x, pass.scalar(bound));
    }

    private static String square(AdjointPass pass, String x) {
        return times(pass, x, x);
    }

    private static String times(AdjointPass pass, String a, String b) {
        return pass.add("Mul", a, b);
    }

    private static String one(AdjointPass pass) {
        return pass.scalar(1);
    }
}
