package lathe.engine.channel;

import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;

/** What one family of operators does to channels. Stateless. */
interface ChannelRule {

    /**
     * Labels the channels that a node writes, unites those that can only be removed together, and notes which constants
     * and attributes depend on how many there are. At least one input of the node has labels, unless its operator starts
     * new channels.
     *
     * @throws UnsupportedModelException if the node has a form that the rule does not know, see {@link #unknown}; the
     *     channels that it reads are then frozen for that reason
     */
    void label(Node node, Labelling labelling);

    /** Why channels cannot be followed through a node, in one line. */
    static UnsupportedModelException unknown(Node node, String form) {
        return new UnsupportedModelException("%s '%s' %s".formatted(node.opType(), name(node), form));
    }

    /** An axis that may be counted from the end, from the front. */
    static int axis(long stated, int rank) {
        return Math.toIntExact(stated < 0 ? stated + rank : stated);
    }

    /** A bound of a slice that may be counted from the end or lie outside, from the front and inside. */
    static int bound(long stated, int extent) {
        return (int) Math.max(0, Math.min(extent, stated < 0 ? stated + extent : stated));
    }

    /** How a node is called in messages. */
    static String name(Node node) {
        return node.name().isEmpty() ? node.output() : node.name();
    }
}
