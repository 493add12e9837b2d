package lathe.engine.channel;

import lathe.engine.graph.Node;

/** Pools over space, channel by channel (axis 1). */
final class PoolRule implements ChannelRule {

    @Override
    public void label(Node node, Labelling labelling) {
        Labels labels = labelling.known(node, 0);
        if (labels.axis() != 1) {
            throw ChannelRule.unknown(node, "pools over them");
        }
        labelling.write(node, labels);
    }
}
