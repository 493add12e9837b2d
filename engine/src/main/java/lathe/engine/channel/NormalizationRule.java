package lathe.engine.channel;

import lathe.engine.graph.Node;

/** Normalizations with parameters per channel (axis 1): BatchNormalization with statistics of training, InstanceNormalization. */
final class NormalizationRule implements ChannelRule {

    @Override
    public void label(Node node, Labelling labelling) {
        if (node.integer("training_mode").orElse(0) != 0) {
            throw ChannelRule.unknown(node, "is in training mode");
        }
        int count = Math.toIntExact(labelling.constant(node, 1).elements());
        Labels labels = labelling.along(node, 0, 1, count);
        for (int input = 1; input < node.inputs().size(); input++) {
            labelling.constant(node, input, 0, labels.ids());
        }
        labelling.write(node, labels);
    }
}
