package lathe.engine.channel;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
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

    /** A shape may leave the extent open, or copy it; where it states it as a constant, that changes. */
    private static void state(Node node, Labels result, Labelling labelling) {
        OptionalLong stated = stated(labelling.graph(), node.inputs().get(SHAPE), result.axis());
        if (stated.isEmpty() || node.integer("allowzero").orElse(0) != 0) {
            throw ChannelRule.unknown(node, "computes its shape");
        }
        if (stated.getAsLong() <= 0) {
            return;
        }
        long[] shape = labelling.longs(node, SHAPE).orElseThrow(() -> ChannelRule.unknown(node, "computes its shape"));
        labelling.change(node, (now, kept, edit) -> {
            long[] changed = shape.clone();
            changed[result.axis()] = kept.count(result.ids());
            Initializer constant = Initializer.ofLongs(ChannelRule.name(now) + "_shape", changed, changed.length);
            return ConstantInput.replaced(now, SHAPE, constant, edit);
        });
    }

    /** An element of a shape that is a constant, or joined of parts of which this one is. */
    private static OptionalLong stated(Graph graph, String shape, int element) {
        Optional<Initializer> constant = graph.constant(shape);
        if (constant.isPresent()) {
            return OptionalLong.of(constant.get().longs()[element]);
        }
        Optional<Node> concat = graph.producer(shape).filter(node -> node.is("Concat"));
        if (concat.isEmpty()) {
            return OptionalLong.empty();
        }
        int left = element;
        for (String part : concat.get().inputs()) {
            Optional<Initializer> known = graph.constant(part);
            if (known.isPresent() && left < known.get().elements()) {
                return OptionalLong.of(known.get().longs()[left]);
            }
            if (left == 0 || (known.isEmpty() && !isOneExtent(graph, part))) {
                return OptionalLong.empty();
            }
            left -= known.map(some -> Math.toIntExact(some.elements())).orElse(1);
        }
        return OptionalLong.empty();
    }

    /** True of a part as exporters compute it: one extent, picked from a shape and made a list. */
    private static boolean isOneExtent(Graph graph, String part) {
        return graph.producer(part)
                .filter(node -> node.is("Unsqueeze"))
                .flatMap(node -> graph.producer(node.inputs().get(0)))
                .filter(node -> node.is("Gather"))
                .flatMap(gather -> graph.constant(gather, 1))
                .filter(index -> index.rank() == 0)
                .isPresent();
    }
}
