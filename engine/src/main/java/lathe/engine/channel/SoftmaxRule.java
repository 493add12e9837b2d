package lathe.engine.channel;

import lathe.engine.graph.Node;

/** Softmax along another axis than that of the channels. */
final class SoftmaxRule implements ChannelRule {

    /** Older operator sets flatten all axes from the stated one on. */
    private static final long LEAST_OPSET = 13;

    @Override
    public void label(Node node, Labelling labelling) {
        Labels labels = labelling.known(node, 0);
        int rank = labelling.shape(node, 0).size();
        long axis = node.integer("axis").orElse(-1);
        if (labelling.graph().opset() < LEAST_OPSET || ChannelRule.axis(axis, rank) == labels.axis()) {
            throw ChannelRule.unknown(node, "normalizes over them");
        }
        labelling.write(node, labels);
    }
}
