package lathe.cli.commands;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.tensor.ElementType;

/**
 * Writes out the zero points that DequantizeLinear nodes leave out. With {@code session.x64quantprecision} ONNX Runtime
 * 1.29 looks for them without a check, and ends the process where there are none.
 */
final class ZeroPoints {

    private static final int INPUT = 0;
    private static final int SCALE = 1;
    private static final int ZERO_POINT = 2;

    private ZeroPoints() {}

    /** The same network with all zero points; empty if one is of a type or a shape that the graph does not tell. */
    static Optional<Graph> explicit(Graph graph) {
        GraphEdit edit = graph.edit();
        for (Node node : graph.nodes()) {
            if (!node.is("DequantizeLinear") || node.input(ZERO_POINT).isPresent()) {
                continue;
            }
            Optional<ElementType> type = type(graph, node);
            Optional<Initializer> scale = graph.constant(node, SCALE);
            if (type.isEmpty() || scale.isEmpty()) {
                return Optional.empty();
            }
            String name = edit.freshName(node.output() + ".zero_point");
            List<Long> dims = scale.get().dims();
            int bytes = Math.toIntExact(type.get().bytes(scale.get().elements()));
            edit.put(Initializer.of(name, type.get(), dims, new byte[bytes]));
            List<String> inputs = new ArrayList<>(node.inputs().subList(INPUT, ZERO_POINT));
            inputs.add(name);
            edit.replace(node, node.withInputs(inputs));
        }
        return Optional.of(edit.build());
    }

    /** Of a constant its own; what QuantizeLinear writes has the type of its zero point, without one 8 bits unsigned. */
    private static Optional<ElementType> type(Graph graph, Node node) {
        Optional<Node> producer =
                graph.producer(node.inputs().get(INPUT)).filter(writer -> writer.is("QuantizeLinear"));
        return Stream.of(
                        graph.constant(node, INPUT).map(Initializer::type),
                        producer.flatMap(writer -> graph.constant(writer, ZERO_POINT))
                                .map(Initializer::type),
                        producer.filter(writer -> writer.input(ZERO_POINT).isEmpty()
                                        && writer.integer("output_dtype").isEmpty())
                                .map(writer -> ElementType.UINT8))
                .flatMap(Optional::stream)
                .findFirst();
    }
}
