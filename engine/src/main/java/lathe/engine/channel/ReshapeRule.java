package lathe.engine.channel;

import java.util.List;
import lathe.engine.graph.Node;

/**
 * Reshape and its kin where the channels are an axis of the result, alone or with axes behind them: as many elements are in
 * front of that axis as were in front of the channels, and it has a multiple of as many positions.
 */
final class ReshapeRule implements ChannelRule {

    private static final int SHAPE = 1;

    @Override
    public void label(Node node, Labelling labelling) {
        Labels labels = labelling.known(node, 0);
        List<Long> from = labelling.shape(node, 0);
        List<Long> to = labelling.shape(node.output());
        int count = labels.ids().length;
        long before = product(from, 0, labels.axis());
        long behind = product(from, labels.axis() + 1, from.size());
        for (int axis = 0; axis < to.size(); axis++) {
            long times = to.get(axis) / count;
            if (count > 1
                    && to.get(axis) % count == 0
                    && product(to, 0, axis) == before
                    && times * product(to, axis + 1, to.size()) == behind) {
                Labels result = labels.on(axis).repeated(Math.toIntExact(times));
                if (node.is("Reshape")) {
                    state(node, result, labelling);
                }
                labelling.write(node, result);
                return;
            }
        }
        throw ChannelRule.unknown(node, "splits them, or joins them with axes in front");
    }

    private static long product(List<Long> extents, int from, int to) {
        return extents.subList(from, to).stream().reduce(1L, Math::multiplyExact);
    }

    /** A shape may leave the extent open, or copy it; where it states it, that changes. */
    private static void state(Node node, Labels result, Labelling labelling) {
        int rank = labelling.shape(node.output()).size();
        StatedShape shape = StatedShape.of(labelling.graph(), node.inputs().get(SHAPE), rank)
                .filter(known -> known.at(result.axis()).isPresent())
                .filter(known -> node.integer("allowzero").orElse(0) == 0)
                .orElseThrow(() -> ChannelRule.unknown(node, "computes its shape"));
        if (shape.at(result.axis()).getAsLong() > 0) {
            labelling.change(
                    node,
                    (now, kept, edit) -> ConstantInput.replaced(
                            now, SHAPE, shape.with(result.axis(), kept.count(result.ids()), node, edit)));
        }
    }
}
