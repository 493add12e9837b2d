package lathe.engine.qdq;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lathe.engine.graph.ConstantValues;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.operator.Operators;
import lathe.engine.qdq.Folding.Folded;
import lathe.engine.tensor.ElementType;

/**
 * Puts plain floats in the place of quantized constants: what a runtime computes from DequantizeLinear and from the other
 * forms that Lathe writes, to the bit, on every machine. Activations that are quantized stay so; what a Conv,
 * ConvTranspose or Gemm reads of them gets a scale per channel, see {@link PerChannelRead}.
 */
public final class Dequantization {

    private final Graph graph;
    private final boolean half;
    private final ConstantValues constants;
    private final GraphEdit edit;
    private final FloatConstants written;
    private final Map<Node, Node> replaced = new HashMap<>();
    private final Map<String, String> perChannel = new HashMap<>();
    private final Set<String> readByNew = new HashSet<>();
    private final Map<List<Object>, String> known = new HashMap<>();
    private final Set<String> left = new LinkedHashSet<>();

    private Dequantization(Graph graph, boolean half) {
        this.graph = graph;
        this.half = half;
        this.constants = ConstantValues.of(graph);
        this.edit = graph.edit();
        this.written = new FloatConstants(edit);
    }

    /**
     * What came of a graph.
     *
     * @param floats constants that now are FLOAT
     * @param halves weights that now are FLOAT16
     * @param coarse weights that FLOAT16 is too coarse for
     * @param left values that are still computed from quantized constants, since Lathe does not know how
     * @param activations that are still quantized
     */
    public record Result(Graph graph, int floats, int halves, int coarse, List<String> left, long activations) {}

    /**
     * The graph with its weights in FLOAT. O(weights), all of which are held.
     *
     * @throws lathe.engine.graph.UnsupportedModelException if a code is no index of its table
     */
    public static Result toFloat(Graph graph) {
        return new Dequantization(graph, false).result();
    }

    /**
     * The same with the weights of layers in FLOAT16, those that were floats before, too: rounded to the nearest, of two
     * equally near to the even one, and read through a Cast to FLOAT, so all is computed in float. Weights stay in FLOAT where
     * rounding would take more than a millionth of their energy, as it does if some are beyond 65504.
     */
    public static Result toFloat16(Graph graph) {
        return new Dequantization(graph, true).result();
    }

    private Result result() {
        for (Node node : graph.nodes()) {
            node.captures().stream().filter(constants::isDequantized).forEach(left::add);
            if (!constants.isComputedBy(node) && !readTable(node) && !readProduct(node)) {
                readConstants(node);
            }
        }
        replaced.forEach(edit::replace);
        dropUnread();
        Graph result = edit.build();
        long activations = result.nodes().stream()
                .filter(node -> node.is("QuantizeLinear"))
                .count();
        return new Result(result, written.floats(), written.halves(), written.coarse(), List.copyOf(left), activations);
    }

    /** The last node of {@link GatheredRows} becomes a Gather of floats. */
    private boolean readTable(Node node) {
        Optional<Folded> table = Optional.of(node)
                .filter(last -> last.is("Mul"))
                .flatMap(last -> Folding.of(graph, last.output()))
                .filter(found -> found.indices().isPresent() && isFloats(found));
        table.ifPresent(found -> {
            String weights = put(node.output(), found.tensor(), half);
            String indices = found.indices().orElseThrow();
            replaced.put(node, Node.of(node.name(), "Gather", List.of(weights, indices), node.outputs(), Map.of()));
        });
        return table.isPresent();
    }

    /** A product of codes becomes a MatMul of floats, and an Add where its last node adds a bias. */
    private boolean readProduct(Node node) {
        Optional<CodeProduct.Read> read = CodeProduct.read(graph, node);
        if (MatMulNBits.is(node) && read.isEmpty()) {
            left.add(node.output());
        }
        read.ifPresent(found -> {
            List<String> factors = List.of(found.data(), put(node.output(), found.matrix(), half));
            List<String> product =
                    found.bias().isPresent() ? List.of(edit.freshName(node.output() + "_unbiased")) : node.outputs();
            replaced.put(node, Node.of(node.name(), "MatMul", factors, product, Map.of()));
            found.bias().ifPresent(addend -> {
                edit.insertAfter(node, Node.of("", "Add", List.of(product.get(0), addend), node.outputs(), Map.of()));
                readByNew.add(addend);
            });
        });
        return read.isPresent();
    }

    private static boolean isFloats(Folded folded) {
        return folded.isDecoded() && folded.tensor().type() == ElementType.FLOAT;
    }

    private void readConstants(Node node) {
        List<String> inputs = new ArrayList<>(node.inputs());
        for (int i = 0; i < inputs.size(); i++) {
            String value = inputs.get(i);
            boolean asHalf = half && isWeights(node, i);
            if (graph.constant(value).isPresent()) {
                inputs.set(i, asHalf ? halved(value) : value);
            } else if (constants.contains(value)) {
                readDecoded(node, i, asHalf, inputs);
            }
        }
        if (!inputs.equals(node.inputs())) {
            replaced.put(node, node.withInputs(inputs));
        }
    }

    private void readDecoded(Node node, int input, boolean asHalf, List<String> inputs) {
        String value = inputs.get(input);
        Optional<FoldedTensor> tensor =
                Folding.of(graph, value).filter(Dequantization::isFloats).map(Folded::tensor);
        if (tensor.isPresent()) {
            inputs.set(input, put(value, tensor.get(), asHalf));
            readPerChannel(node, input, tensor.get().dims(), inputs);
        } else if (constants.isDequantized(value)) {
            left.add(value);
        }
    }

    private boolean isWeights(Node node, int input) {
        return Operators.of(graph, constants, node).stream().anyMatch(operator -> operator.weights() == input);
    }

    private String put(String value, FoldedTensor tensor, boolean asHalf) {
        String name = known.get(List.of(value, asHalf));
        if (name == null) {
            float[] elements = tensor.values();
            name = asHalf && written.fitsHalf(elements)
                    ? written.putHalf(elements, tensor.dims())
                    : written.put(elements, tensor.dims());
            known.put(List.of(value, asHalf), name);
        }
        return name;
    }

    /** The name of weights that are floats already; they stay where others read or replace them, too. */
    private String halved(String value) {
        if (!known.containsKey(List.of(value, true))) {
            boolean isInput =
                    graph.inputs().stream().anyMatch(input -> input.name().equals(value));
            boolean isWeight = graph.consumers(value).stream()
                    .allMatch(reader -> isWeights(reader, reader.inputs().indexOf(value)));
            String name = graph.constant(value)
                    .filter(tensor -> isWeight && !isInput && !graph.isOutput(value))
                    .filter(tensor -> tensor.type() == ElementType.FLOAT && written.fitsHalf(tensor.floats()))
                    .map(tensor -> written.putHalf(tensor.floats(), tensor.dims()))
                    .orElse(value);
            known.put(List.of(value, true), name);
        }
        return known.get(List.of(value, true));
    }

    private void readPerChannel(Node node, int input, List<Long> dims, List<String> inputs) {
        Operators.withBias(node)
                .filter(operator -> operator.weights() == input
                        && dims.size() > 1
                        && !dims.contains(0L)
                        && operator.layout(node, dims).isValid())
                .ifPresent(operator -> graph.producer(node.inputs().get(operator.data()))
                        .filter(source -> source.is("DequantizeLinear"))
                        .flatMap(source -> perChannel(source, PerChannelRead.of(operator, node, dims)))
                        .ifPresent(value -> inputs.set(operator.data(), value)));
    }

    /** What a DequantizeLinear of bytes with one scale gives, through that scale once per channel. */
    private Optional<String> perChannel(Node source, PerChannelRead read) {
        Optional<Initializer> scale =
                graph.constant(source, 1).filter(found -> found.type() == ElementType.FLOAT && found.elements() == 1);
        Optional<Initializer> zero = graph.constant(source, 2)
                .filter(found -> found.type() == ElementType.UINT8 || found.type() == ElementType.INT8)
                .filter(found -> found.elements() == 1);
        return scale.flatMap(factor ->
                zero.map(centre -> perChannel.computeIfAbsent("%s %s".formatted(source.output(), read), key -> {
                    Node node = read.node(
                            edit, source.inputs().get(0), factor.floats()[0], centre.type(), centre.codes()[0]);
                    edit.insertAfter(source, node);
                    readByNew.add(source.inputs().get(0));
                    return node.output();
                })));
    }

    private void dropUnread() {
        Set<String> read = new HashSet<>(readByNew);
        graph.outputs().forEach(output -> read.add(output.name()));
        for (int i = graph.nodes().size() - 1; i >= 0; i--) {
            Node node = graph.nodes().get(i);
            boolean unread = node.outputs().stream().noneMatch(read::contains);
            boolean wasRead = node.outputs().stream()
                    .anyMatch(output -> !graph.consumers(output).isEmpty());
            if (unread && wasRead) {
                edit.remove(node);
            } else {
                read.addAll(replaced.getOrDefault(node, node).inputs());
                read.addAll(node.captures());
            }
        }
    }
}
