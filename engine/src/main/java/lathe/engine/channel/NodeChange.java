package lathe.engine.channel;

import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Node;

/** What has to change in a node, beside the constants along channels, when channels go. */
interface NodeChange {

    /**
     * The changed node.
     *
     * @param node as it is so far
     * @param kept what is kept
     * @param edit where new constants go
     */
    Node apply(Node node, Kept kept, GraphEdit edit);
}
