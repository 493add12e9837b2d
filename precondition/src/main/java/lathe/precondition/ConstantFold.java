package lathe.precondition;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import lathe.engine.graph.ConstantValues;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.SparseConstant;
import lathe.engine.operator.Operator;
import lathe.engine.operator.Operators;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.tensor.ElementType;

/**
 * Puts a constant in the place of weights and biases of layers, those in bodies too, that are computed from constants
 * alone, such as a transposed, reshaped or scaled weight, or stored as a sparse one. Layers that compute the
 * same share the constant.
 *
 * <p>Left alone, with the reason in the result: what {@link ConstantEvaluation} does not know, and weights whose constant
 * other nodes read too, as a lookup of its rows does: it would be stored twice. What is quantized
 * already stays without a word. Costs one pass over the elements for each node that is folded. Immutable and
 * thread-safe.
 */
final class ConstantFold implements GraphPass {

    /** A weight that is stored in 8 bits instead of 32 makes up for so many copies of the constant it comes from. */
    private static final int COPIES = 4;

    /** Exporters put a handful of nodes in front of a weight. */
    private static final int MOST_NODES = 1000;

    @Override
    public String name() {
        return "constant-fold";
    }

    @Override
    public Result apply(Graph graph) {
        return new Folding(graph).result();
    }

    /** One graph. */
    private static final class Folding {
        private final Graph graph;
        private final ConstantValues constants;
        private final ConstantEvaluation evaluation;
        private final GraphEdit edit;
        private final Map<Integer, String> folded = new HashMap<>();
        private final Map<String, Long> copied = new HashMap<>();
        private final Map<String, List<String>> obstacles = new LinkedHashMap<>();
        private final Map<Node, Node> replaced = new LinkedHashMap<>();

        Folding(Graph graph) {
            this.graph = graph;
            this.constants = ConstantValues.of(graph);
            this.evaluation = new ConstantEvaluation(graph);
            this.edit = graph.edit();
        }

        Result result() {
            graph.allNodes()
                    .filter(node -> !constants.isComputedBy(node))
                    .forEach(node -> operators(node).forEach(operator -> {
                        fold(node, operator.weights());
                        operator.bias().ifPresent(bias -> fold(node, bias));
                    }));
            replaced.forEach(edit::replace);
            dropUnread();
            List<String> changes = new ArrayList<>();
            if (!replaced.isEmpty()) {
                changes.add("folded constants in front of %d layer%s"
                        .formatted(replaced.size(), replaced.size() == 1 ? "" : "s"));
            }
            obstacles.forEach((why, layers) -> changes.add("the weights of '%s'%s are left unchanged: %s"
                    .formatted(
                            layers.get(0),
                            layers.size() == 1 ? "" : " and %d more".formatted(layers.size() - 1),
                            why)));
            return new Result(replaced.isEmpty() ? graph : edit.build(), changes);
        }

        /** Where a node multiplies with weights. */
        private Stream<Operator> operators(Node node) {
            return Operators.of(graph, constants, node).stream().filter(operator -> !operator.looksUp());
        }

        private void fold(Node layer, int input) {
            String value = layer.input(input).orElse("");
            if (!constants.contains(value) || graph.constant(value).isPresent()) {
                return;
            }
            List<Node> behind = constants.nodesBehind(value);
            if (constants.isDequantized(value)) {
                return;
            }
            try {
                if (behind.size() > MOST_NODES) {
                    throw new ConstantEvaluation.UnknownException("%d nodes compute them".formatted(behind.size()));
                }
                int key = evaluation.key(value);
                if (!folded.containsKey(key)) {
                    folded.put(key, put(value, behind));
                }
                List<String> inputs =
                        new ArrayList<>(replaced.getOrDefault(layer, layer).inputs());
                inputs.set(input, folded.get(key));
                replaced.put(layer, layer.withInputs(inputs));
            } catch (ConstantEvaluation.UnknownException e) {
                String label = layer.name().isEmpty() ? layer.output() : layer.name();
                obstacles
                        .computeIfAbsent(e.getMessage(), why -> new ArrayList<>())
                        .add(label);
            }
        }

        private String put(String value, List<Node> behind) {
            Initializer result = evaluation.of(value);
            if (result.type() != ElementType.FLOAT) {
                throw new ConstantEvaluation.UnknownException("they are %s, not FLOAT".formatted(result.type()));
            }
            count(value, behind, result);
            Initializer fresh = result.named(edit.freshName(value));
            edit.put(fresh);
            return fresh.name();
        }

        /** Notes that the largest constant in a value is stored once more, unless it then is stored too often. */
        private void count(String value, List<Node> behind, Initializer result) {
            Map<String, Long> sources = sources(value, behind);
            String largest = sources.entrySet().stream()
                    .max(Map.Entry.<String, Long>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
                    .orElseThrow()
                    .getKey();
            Optional<Node> other = constants.users(largest).stream()
                    .filter(user -> operators(user).findAny().isEmpty()
                            || operators(user).anyMatch(operator -> reads(user, operator.data(), largest)))
                    .findFirst();
            if (other.isPresent() || constants.output(largest).isPresent()) {
                throw new ConstantEvaluation.UnknownException("%s reads '%s', too, which would be stored twice"
                        .formatted(
                                other.map(node -> node.opType() + " '" + node.output() + "'")
                                        .orElse("a graph output"),
                                largest));
            }
            long bytes = copied.merge(largest, result.bytes().size(), Long::sum);
            if (bytes > COPIES * Math.max(sources.get(largest), 1)) {
                throw new ConstantEvaluation.UnknownException(
                        "'%s' would be stored in too many ways".formatted(largest));
            }
        }

        private boolean reads(Node user, int input, String constant) {
            String value = user.input(input).orElse("");
            return constants.contains(value)
                    && (value.equals(constant)
                            || sources(value, constants.nodesBehind(value)).containsKey(constant));
        }

        /** Bytes of the constants that a value is computed from, by name. */
        private Map<String, Long> sources(String value, List<Node> behind) {
            Set<String> names = new HashSet<>(Set.of(value));
            behind.forEach(node -> names.addAll(node.inputs()));
            Map<String, Long> sources = new HashMap<>();
            for (String name : names) {
                SparseConstant sparse = graph.origin()
                        .map(model -> model.sparseConstants().get(name))
                        .orElse(null);
                Initializer dense = graph.initializers().get(name);
                if (sparse != null || dense != null) {
                    sources.put(name, sparse == null ? dense.bytes().size() : sparse.bytes());
                } else if (graph.producer(name)
                        .filter(node -> node.is("Constant"))
                        .isPresent()) {
                    graph.constant(name)
                            .ifPresent(constant ->
                                    sources.put(name, constant.bytes().size()));
                }
            }
            return sources;
        }

        /** Takes out the nodes that computed with constants for the folded layers alone. */
        private void dropUnread() {
            Set<String> read = new HashSet<>();
            graph.outputs().forEach(output -> read.add(output.name()));
            for (int i = graph.nodes().size() - 1; i >= 0; i--) {
                Node node = graph.nodes().get(i);
                boolean unread = node.outputs().stream().noneMatch(read::contains);
                boolean wasRead = node.outputs().stream()
                        .anyMatch(output -> !graph.consumers(output).isEmpty());
                if (constants.isComputedBy(node) && unread && wasRead) {
                    edit.remove(node);
                } else {
                    read.addAll(replaced.getOrDefault(node, node).inputs());
                    boolean same = node.nodesInBodies().noneMatch(replaced::containsKey);
                    read.addAll(same ? node.captures() : List.of());
                    node.nodesInBodies()
                            .filter(inner -> !same)
                            .forEach(inner -> read.addAll(
                                    replaced.getOrDefault(inner, inner).inputs()));
                }
            }
        }
    }
}
