package lathe.precondition;

import java.util.List;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Node;
import lathe.engine.graph.Origin;
import lathe.engine.pipeline.GraphPass;

/**
 * Drops what an exporter noted about nodes for people who debug it: stack traces of the program that built the model, which no
 * runtime reads and which may take more than its compressed weights. Other metadata stays. Immutable and thread-safe.
 */
final class ExporterNotes implements GraphPass {

    @Override
    public String name() {
        return "exporter-notes";
    }

    @Override
    public Result apply(Graph graph) {
        GraphEdit edit = graph.edit();
        long bytes = 0;
        for (Node node : graph.allNodes().toList()) {
            long own = node.origin().map(Origin::noteBytes).orElse(0L);
            if (own > 0) {
                Optional<Origin> without = node.origin().map(Origin::withoutNotes);
                edit.replace(node, node.withOrigin(without));
                bytes += own;
            }
        }
        return bytes == 0
                ? new Result(graph, List.of())
                : new Result(
                        edit.build(),
                        List.of("dropped %,d bytes of stack traces that torch.onnx noted about nodes"
                                .formatted(bytes)));
    }
}
