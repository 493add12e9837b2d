package lathe.engine.pipeline;

import java.util.List;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.report.KeptChannels;

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
     * @param kept why channels stay, of a rewrite that removes some
     */
    record Result(Graph graph, List<String> changes, Optional<KeptChannels> kept) {
        public Result {
            changes = List.copyOf(changes);
        }

        /** Of a rewrite that removes no channels. */
        public Result(Graph graph, List<String> changes) {
            this(graph, changes, Optional.empty());
        }
    }
}
