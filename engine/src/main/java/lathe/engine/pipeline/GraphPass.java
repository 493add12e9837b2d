package lathe.engine.pipeline;

import java.util.List;
import lathe.engine.graph.Graph;

/** A rewrite of the graph that does not change what the network computes. Immutable and thread-safe. */
public interface GraphPass {

    /** Short name for reports, such as {@code batch-norm-fold}. */
    String name();

    /** Applies the rewrite wherever it is safe. */
    Result apply(Graph graph);

    /**
     * The rewritten graph and what was done.
     *
     * @param graph the rewritten graph
     * @param changes one line for each thing changed, or deliberately left, in graph order
     */
    record Result(Graph graph, List<String> changes) {
        public Result {
            changes = List.copyOf(changes);
        }
    }
}
