package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Value;

/**
 * Puts the nodes of a model's own functions in the place of the nodes that call them, in bodies and in other functions, too.
 * Values inside of a function get names of their own for each call; attributes that refer to one of the call get its value,
 * or the function's default, or are left out. Source: "Model Local Functions", ONNX IR specification. Not thread-safe.
 */
public final class Functions {

    private final ModelOrigin origin;
    private final Map<Key, FunctionProto> functions = new HashMap<>();
    private final Map<String, Long> opsets;
    private final Set<String> taken = new HashSet<>();
    private final List<Key> open = new ArrayList<>();
    private int calls;

    /** What a node calls a function by. */
    private record Key(String domain, String name, String overload) {

        static Key of(FunctionProto function) {
            return new Key(standard(function.getDomain()), function.getName(), function.getOverload());
        }

        static Key of(Node node) {
            return new Key(standard(node.domain()), node.opType(), Nodes.overload(node));
        }

        private static String standard(String domain) {
            return Opsets.isStandard(domain) ? "" : domain;
        }
    }

    /**
     * A graph that calls no functions.
     *
     * @param graph the same graph if it called none
     * @param calls how many calls there were, those within functions counted each time
     */
    public record Inlined(Graph graph, int calls) {}

    private Functions(Graph graph, ModelOrigin origin) {
        this.origin = origin;
        this.opsets = new LinkedHashMap<>(graph.opsets());
        origin.model().getFunctionsList().forEach(function -> functions.put(Key.of(function), function));
        taken.addAll(graph.definitions().keySet());
        taken.addAll(origin.names());
    }

    /**
     * The graph with the content of its functions in it. O(nodes).
     *
     * @throws UnsupportedModelException if a function calls itself, has another version of an operator set than the model,
     *     or holds what only a file can say: sparse constants in a body
     */
    public static Inlined inlined(Graph graph) {
        if (!(graph.origin().orElse(null) instanceof ModelOrigin found)
                || found.model().getFunctionsCount() == 0) {
            return new Inlined(graph, 0);
        }
        Functions functions = new Functions(graph, found);
        List<Node> nodes = functions.inlined(graph.nodes());
        if (functions.calls == 0) {
            return new Inlined(graph, 0);
        }
        functions.forgetDomains(nodes);
        Graph result = new Graph(
                nodes,
                graph.initializers().values(),
                graph.inputs(),
                graph.outputs(),
                functions.opsets,
                graph.metadata(),
                graph.statistics(),
                Optional.of(found.withoutFunctions()));
        return new Inlined(result, functions.calls);
    }

    /** Takes out the operator sets that only calls were from. */
    private void forgetDomains(List<Node> nodes) {
        Set<String> unused = new HashSet<>();
        functions.keySet().forEach(key -> unused.add(key.domain));
        nodes.stream()
                .flatMap(node -> Stream.concat(Stream.of(node), node.nodesInBodies()))
                .forEach(node -> unused.remove(node.domain()));
        unused.removeIf(Opsets::isStandard);
        opsets.keySet().removeAll(unused);
    }

    private List<Node> inlined(List<Node> nodes) {
        List<Node> result = new ArrayList<>();
        for (Node node : nodes) {
            FunctionProto function = functions.get(Key.of(node));
            if (function == null) {
                result.add(node.withBodies(body -> {
                    List<Node> inner = inlined(body.nodes());
                    return inner.equals(body.nodes())
                            ? body
                            : body.with(inner, body.initializers().values(), body.outputs());
                }));
            } else {
                result.addAll(called(function, node));
            }
        }
        return result;
    }

    private List<Node> called(FunctionProto function, Node call) {
        Key key = Key.of(call);
        if (open.contains(key)) {
            throw new UnsupportedModelException("function '%s' calls itself".formatted(key.name));
        }
        function.getOpsetImportList().forEach(opset -> require(function, opset));
        calls++;
        open.add(key);
        List<Node> nodes = inlined(new Call(function, call).nodes());
        open.remove(open.size() - 1);
        return nodes;
    }

    private void require(FunctionProto function, OperatorSetIdProto opset) {
        String domain = Opsets.isStandard(opset.getDomain())
                ? opsets.keySet().stream()
                        .filter(Opsets::isStandard)
                        .findFirst()
                        .orElse("")
                : opset.getDomain();
        Long known = opsets.putIfAbsent(domain, opset.getVersion());
        if (known != null && known != opset.getVersion()) {
            throw new UnsupportedModelException(
                    "function '%s' has version %d of operator set '%s', and the model has %d"
                            .formatted(function.getName(), opset.getVersion(), opset.getDomain(), known));
        }
    }

    /** One call: the nodes of the function with the names and attributes that they have there. */
    private final class Call {
        private final FunctionProto function;
        private final Node call;
        private final Map<String, String> names = new HashMap<>();

        Call(FunctionProto function, Node call) {
            this.function = function;
            this.call = call;
            for (int i = 0; i < function.getInputCount(); i++) {
                names.put(function.getInput(i), call.input(i).orElse(""));
            }
        }

        List<Node> nodes() {
            List<Node> copies = new ArrayList<>();
            for (int i = 0; i < function.getOutputCount(); i++) {
                String output = i < call.outputs().size() ? call.outputs().get(i) : "";
                if (output.isEmpty()) {
                    continue;
                }
                String handedOn = names.putIfAbsent(function.getOutput(i), output);
                if (handedOn != null) { // an input as it is, or one output twice
                    copies.add(Node.of("", "Identity", List.of(handedOn), List.of(output), Map.of()));
                }
            }
            List<Node> own = function.getNodeList().stream()
                    .map(message -> copy(Nodes.read(message, origin.files())))
                    .toList();
            copies.addAll(0, own);
            return NodeOrder.sorted(copies);
        }

        private String name(String inner) {
            return inner.isEmpty() ? "" : names.computeIfAbsent(inner, this::fresh);
        }

        private String fresh(String inner) {
            String name = prefix() + "/" + inner;
            while (!taken.add(name)) {
                name += "'";
            }
            return name;
        }

        private String prefix() {
            return call.name().isEmpty() ? call.output() : call.name();
        }

        private List<String> names(List<String> inner) {
            return inner.stream().map(this::name).toList();
        }

        private Node copy(Node node) {
            Map<String, Attribute> attributes = new LinkedHashMap<>();
            node.attributes().forEach((name, attribute) -> {
                Optional<String> reference = Attributes.reference(attribute);
                Optional<Attribute> value =
                        reference.isPresent() ? ofCall(reference.get()) : Optional.of(inCall(attribute));
                value.ifPresent(found -> attributes.put(name, found));
            });
            return new Node(
                    node.name().isEmpty() ? "" : prefix() + "/" + node.name(),
                    node.opType(),
                    node.domain(),
                    names(node.inputs()),
                    names(node.outputs()),
                    attributes,
                    names(node.captures()),
                    node.origin());
        }

        /** An attribute of the call, or what the function has for one that is not given. */
        private Optional<Attribute> ofCall(String name) {
            return Optional.ofNullable(call.attributes().get(name))
                    .or(() -> function.getAttributeProtoList().stream()
                            .filter(attribute -> attribute.getName().equals(name))
                            .findFirst()
                            .map(attribute -> Attributes.read(attribute, origin.files())));
        }

        private Attribute inCall(Attribute attribute) {
            return attribute instanceof Attribute.OfGraph found ? new Attribute.OfGraph(copy(found.body())) : attribute;
        }

        private Graph copy(Graph body) {
            if (body.origin().filter(found -> !found.names().isEmpty()).isPresent()) {
                throw new UnsupportedModelException(
                        "function '%s' has sparse constants in a body".formatted(function.getName()));
            }
            List<Initializer> constants = body.initializers().values().stream()
                    .map(constant -> constant.named(name(constant.name())))
                    .toList();
            return new Graph(
                    body.nodes().stream().map(this::copy).toList(),
                    constants,
                    body.inputs().stream().map(this::copy).toList(),
                    body.outputs().stream().map(this::copy).toList(),
                    Map.of(),
                    Map.of(),
                    Map.of(),
                    Optional.empty());
        }

        private Value copy(Value value) {
            return new Value(name(value.name()), value.type(), value.dims(), value.origin());
        }
    }
}
