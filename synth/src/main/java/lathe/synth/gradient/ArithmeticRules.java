package lathe.synth.gradient;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.tensor.ElementType;

/** Operators of several inputs, element by element, whose axes of extent 1 are repeated. */
final class ArithmeticRules {

    /** Gives the gradient at an input before it is summed over repeated elements. */
    private interface Partial {
        String of(AdjointPass pass, Node node, int input, String dy);
    }

    static final Map<String, GradientRule> BY_OPERATOR = Map.of(
            "Add", rule((pass, node, input, dy) -> dy),
            "Sum", rule((pass, node, input, dy) -> dy),
            "Sub", rule((pass, node, input, dy) -> input == 0 ? dy : pass.add("Neg", dy)),
            "Mul",
                    rule((pass, node, input, dy) ->
                            pass.add("Mul", dy, node.inputs().get(1 - input))),
            "Div", rule(ArithmeticRules::quotient),
            "Pow", rule(ArithmeticRules::power));

    private ArithmeticRules() {}

    private static GradientRule rule(Partial partial) {
        return (node, pass) -> {
            String dy = pass.gradient(node);
            List<Long> shape = pass.shape(node.output());
            for (int input = 0; input < node.inputs().size(); input++) {
                if (pass.wants(node, input)) {
                    String value = node.inputs().get(input);
                    pass.give(value, pass.unbroadcast(partial.of(pass, node, input, dy), shape, value));
                }
            }
        };
    }

    /** y = a / b: da = dy / b, db = -y dy / b. */
    private static String quotient(AdjointPass pass, Node node, int input, String dy) {
        String part = pass.add("Div", dy, node.inputs().get(1));
        return input == 0 ? part : pass.add("Neg", pass.add("Mul", part, node.output()));
    }

    /** y = a^p: da = p a^(p-1) dy. */
    private static String power(AdjointPass pass, Node node, int input, String dy) {
        Optional<Initializer> exponent = pass.graph().constant(node, 1);
        if (exponent.filter(p -> p.type() == ElementType.FLOAT).isEmpty()) {
            throw GradientRule.unknown(node, " with an exponent that is no FLOAT constant");
        }
        String p = node.inputs().get(1);
        String lower = pass.add("Pow", node.inputs().get(0), pass.add("Sub", p, pass.scalar(1)));
        return pass.add("Mul", dy, pass.add("Mul", p, lower));
    }
}
