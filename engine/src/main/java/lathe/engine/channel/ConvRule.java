package lathe.engine.channel;

import java.util.List;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Node;

/**
 * Conv and ConvTranspose of constant weights. A depthwise layer loses the channels that it writes with those that it reads. In
 * other grouped layers, channels at equal positions of all groups go together, so that groups keep one size.
 */
final class ConvRule implements ChannelRule {

    @Override
    public void label(Node node, Labelling labelling) {
        boolean transposed = node.opType().equals("ConvTranspose");
        List<Long> dims = labelling.constant(node, 1).dims();
        int groups = Math.toIntExact(node.integer("group").orElse(1));
        int first = Math.toIntExact(dims.get(0));
        int second = Math.toIntExact(dims.get(1));
        Labels in = labelling.along(node, 0, 1, transposed ? first : second * groups);
        int inputs = in.ids().length;
        int outputs = transposed ? second * groups : first;
        Labels out;
        if (groups > 1 && groups == inputs) {
            out = in.repeated(outputs / inputs);
            labelling.constant(node, 1, 0, transposed ? in.ids() : out.ids());
            labelling.change(
                    node, (now, kept, edit) -> now.withAttribute("group", new Attribute.Int(kept.count(in.ids()))));
        } else {
            out = labelling.fresh(1, outputs);
            int[] read = uniteGroups(in, groups, labelling);
            int[] written = uniteGroups(out, groups, labelling);
            labelling.constant(node, 1, 0, transposed ? in.ids() : out.ids());
            labelling.constant(node, 1, 1, transposed ? written : read);
            labelling.mixes(node);
        }
        if (node.input(2).isPresent()) {
            labelling.constant(node, 2, 0, out.ids());
        }
        labelling.write(node, out);
    }

    /** Unites equal positions of all groups; returns the channels of the first group. */
    private static int[] uniteGroups(Labels labels, int groups, Labelling labelling) {
        int each = labels.ids().length / groups;
        int[] firstGroup = labels.part(0, each).ids();
        for (int group = 1; group < groups; group++) {
            labelling.unite(
                    firstGroup, labels.part(group * each, (group + 1) * each).ids());
        }
        return firstGroup;
    }
}
