package lathe.engine.onnx;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;

/** Which names mean what in a graph. */
final class ValueNames {

    private ValueNames() {}

    /** The values of a graph, sub-graphs aside. */
    static Set<String> all(Collection<Node> nodes, Collection<Initializer> initializers, List<Value> inputs) {
        Set<String> names = new HashSet<>();
        nodes.forEach(node -> names.addAll(node.outputs()));
        initializers.forEach(initializer -> names.add(initializer.name()));
        inputs.forEach(input -> names.add(input.name()));
        return names;
    }

    /** The initializers that are not listed among the inputs. */
    static Set<String> unlisted(Collection<Initializer> initializers, List<Value> inputs) {
        Set<String> names = new HashSet<>();
        initializers.forEach(initializer -> names.add(initializer.name()));
        inputs.forEach(input -> names.remove(input.name()));
        return names;
    }
}
