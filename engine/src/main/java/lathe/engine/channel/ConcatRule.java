package lathe.engine.channel;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import lathe.engine.graph.Node;

/** Concat along the channels puts them one behind the other; along another axis, equal positions go together. */
final class ConcatRule implements ChannelRule {

    @Override
    public void label(Node node, Labelling labelling) {
        int rank = labelling.shape(node, 0).size();
        long stated = node.integer("axis").orElse(1);
        int joined = ChannelRule.axis(stated, rank);
        int[] axes = IntStream.range(0, node.inputs().size())
                .filter(input -> labelling.labels(node, input).isPresent())
                .map(input -> labelling.known(node, input).axis())
                .toArray();
        boolean along = IntStream.of(axes).anyMatch(axis -> axis == joined);
        int axis = along ? joined : axes[0];
        List<Labels> parts = new ArrayList<>();
        for (int input = 0; input < node.inputs().size(); input++) {
            int extent = Math.toIntExact(labelling.shape(node, input).get(axis));
            parts.add(labelling.along(node, input, axis, extent));
        }
        Labels all = parts.get(0);
        for (Labels part : parts.subList(1, parts.size())) {
            if (along) {
                all = all.and(part.ids());
            } else {
                labelling.unite(all.ids(), part.ids());
            }
        }
        labelling.write(node, all);
    }
}
