package lathe.synth.gradient;

import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;

/**
 * A network that also computes the gradient of a loss with respect to one of its inputs, by reverse-mode differentiation
 * (Griewank and Walther, Evaluating Derivatives, 2008, chapter 3): behind the nodes of the network come those of the
 * adjoint pass, standard operators of opset 13 on, in the reverse order of the nodes that they differentiate.
 *
 * <p>The loss is the caller's: it is known by its gradients at some values, the seeds. Only nodes between the input and a
 * seed are differentiated. At kinks, such as those of Relu at 0 or of equal maxima, the result is one of the
 * subgradients.
 *
 * @param graph the network followed by the adjoint pass; its outputs are those of the network
 * @param gradient name of the gradient, of the shape of the input
 */
public record InputGradient(Graph graph, String gradient) {

    /** Older operator sets have other forms of the operators that the adjoint pass uses. */
    private static final long LEAST_OPSET = 13;

    /** Operators whose outputs do not depend on the numbers in their inputs. */
    private static final Set<String> OF_SHAPES = Set.of("Shape", "Size");

    /**
     * Appends the adjoint pass to a graph. Costs one pass over the graph; running the result costs about twice as many
     * operations as running the network.
     *
     * @param input a floating graph input
     * @param seeds by name of a value v, the name of a value that holds dL/dv, as far as the loss depends on v directly;
     *     both are values of the graph, of one shape
     * @param shapes extents of the values that are {@linkplain #differentiated differentiated}. Axis 0 may have another
     *     extent when the result is run if it is the batch
     * @throws UnsupportedModelException if an operator between the input and the seeds has no gradient rule, naming it, or
     *     no seed depends on the input
     */
    public static InputGradient of(
            Graph graph, String input, Map<String, String> seeds, Function<String, Optional<List<Long>>> shapes) {
        Set<String> active = active(graph, input);
        AdjointPass pass = new AdjointPass(graph, active, shapes);
        seeds.forEach((value, gradient) -> {
            if (active.contains(value)) {
                pass.give(value, gradient);
            }
        });
        List<Node> nodes = graph.nodes();
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Node node = nodes.get(i);
            if (readsOneOf(active, node) && node.outputs().stream().anyMatch(pass::hasGradient)) {
                GradientRules.of(node).differentiate(node, pass);
            }
        }
        String gradient = pass.gradient(input).orElseThrow(() -> independent(input));
        return new InputGradient(pass.build(), gradient);
    }

    /**
     * The values that are differentiated: those that vary with the input and that a seed varies with, in the order of the
     * graph.
     *
     * @param seeds the values that the loss depends on directly
     * @throws UnsupportedModelException as {@link #of}, where the type of an operator is the reason
     */
    public static Set<String> differentiated(Graph graph, String input, Collection<String> seeds) {
        if (graph.opset() < LEAST_OPSET) {
            throw new UnsupportedModelException(
                    "no gradients below opset %d: the network has opset %d".formatted(LEAST_OPSET, graph.opset()));
        }
        Set<String> active = active(graph, input);
        Set<String> found = new LinkedHashSet<>(seeds);
        found.retainAll(active);
        List<Node> nodes = graph.nodes();
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Node node = nodes.get(i);
            if (readsOneOf(active, node) && node.outputs().stream().anyMatch(found::contains)) {
                GradientRules.of(node);
                node.inputs().stream().filter(active::contains).forEach(found::add);
                found.addAll(node.outputs());
            }
        }
        if (!found.contains(input)) {
            throw independent(input);
        }
        found.remove("");
        return found;
    }

    private static UnsupportedModelException independent(String input) {
        return new UnsupportedModelException("the loss does not depend on input '%s'".formatted(input));
    }

    /** The values that vary with the input. */
    private static Set<String> active(Graph graph, String input) {
        Set<String> active = new HashSet<>(Set.of(input));
        for (Node node : graph.nodes()) {
            if (readsOneOf(active, node) && !OF_SHAPES.contains(node.opType())) {
                active.addAll(node.outputs());
            }
        }
        active.remove("");
        return active;
    }

    private static boolean readsOneOf(Set<String> values, Node node) {
        return Stream.concat(node.inputs().stream(), node.captures().stream()).anyMatch(values::contains);
    }
}
