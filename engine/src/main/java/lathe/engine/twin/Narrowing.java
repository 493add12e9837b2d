package lathe.engine.twin;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Origin;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;

/** Gives a rewritten twin the inputs, outputs and constants of 16 bits that the original has. Not thread-safe. */
final class Narrowing {

    /** Elements from which on halves save more than a Cast takes. */
    private static final int LEAST_ELEMENTS = 16;

    private final Graph original;
    private final Graph changed;
    private final GraphEdit edit;
    /** Names in FLOAT of what has another type under its own name. */
    private final Map<String, String> inFloat = new HashMap<>();

    Narrowing(Graph original, Graph changed) {
        this.original = original;
        this.changed = changed;
        this.edit = changed.edit();
    }

    Graph graph() {
        Map<String, Value> inputs = halves(original.inputs());
        Map<String, Value> outputs = halves(original.outputs());
        changed.inputs().stream()
                .filter(input -> inputs.containsKey(input.name())
                        && !changed.initializers().containsKey(input.name()))
                .forEach(input -> castToFloat(input.name()));
        Set<String> listed = changed.inputs().stream().map(Value::name).collect(Collectors.toSet());
        changed.initializers().values().stream()
                .filter(tensor -> !listed.contains(tensor.name()))
                .forEach(this::narrow);
        outputs.values().forEach(this::castToHalf);
        changed.nodes().forEach(this::rewire);
        edit.outputs(changed.outputs().stream()
                .map(output -> outputs.getOrDefault(output.name(), output))
                .toList());
        Graph built = edit.build();
        return built.withInputs(built.inputs().stream()
                .map(input -> inFloat.containsKey(input.name()) ? inputs.get(input.name()) : input)
                .toList());
    }

    private static Map<String, Value> halves(List<Value> values) {
        return values.stream()
                .filter(value -> FloatTwin.isHalf(value.type()))
                .collect(Collectors.toMap(Value::name, value -> value, (a, b) -> a));
    }

    private void castToFloat(String name) {
        edit.prepend(cast(name, rename(name), ElementType.FLOAT));
    }

    private String rename(String name) {
        String fresh = edit.freshName("f");
        inFloat.put(name, fresh);
        return fresh;
    }

    private static Node cast(String from, String to, ElementType type) {
        return Node.of("", "Cast", List.of(from), List.of(to), Map.of("to", new Attribute.Int(type.code())));
    }

    private void narrow(Initializer tensor) {
        Optional<ElementType> type = tensor.origin().flatMap(Origin::storedType);
        boolean small = tensor.elements() < LEAST_ELEMENTS && !changed.isOutput(tensor.name());
        if (type.isPresent() && !small) {
            Halves.narrowed(tensor, type.get(), before(tensor.name())).ifPresent(half -> {
                edit.put(half);
                castToFloat(tensor.name());
            });
        }
    }

    private Optional<Initializer> before(String name) {
        return Optional.ofNullable(original.initializers().get(name));
    }

    private void castToHalf(Value output) {
        Optional<Node> producer = changed.producer(output.name());
        if (!inFloat.containsKey(output.name()) && producer.isPresent()) {
            edit.insertAfter(producer.get(), cast(rename(output.name()), output.name(), output.type()));
        }
    }

    private void rewire(Node node) {
        List<String> inputs = node.inputs().stream().map(this::inFloat).toList();
        List<String> outputs = node.outputs().stream().map(this::inFloat).toList();
        if (!inputs.equals(node.inputs()) || !outputs.equals(node.outputs())) {
            edit.replace(node, node.withInputs(inputs).withOutputs(outputs));
        }
    }

    private String inFloat(String value) {
        return inFloat.getOrDefault(value, value);
    }
}
