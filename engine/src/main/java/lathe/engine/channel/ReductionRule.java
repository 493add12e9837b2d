package lathe.engine.channel;

import java.util.Arrays;
import java.util.Optional;
import lathe.engine.graph.Node;

/** Reductions over constant axes other than that of the channels. */
final class ReductionRule implements ChannelRule {

    @Override
    public void label(Node node, Labelling labelling) {
        Labels labels = labelling.known(node, 0);
        int rank = labelling.shape(node, 0).size();
        Optional<long[]> stated = node.integers("axes").or(() -> labelling.longs(node, 1));
        long[] axes = stated.map(given -> Arrays.stream(given)
                        .map(axis -> ChannelRule.axis(axis, rank))
                        .toArray())
                .orElse(new long[0]);
        if (axes.length == 0 || Arrays.stream(axes).anyMatch(axis -> axis == labels.axis())) {
            throw ChannelRule.unknown(node, "reduces over them");
        }
        long gone = node.integer("keepdims").orElse(1) != 0
                ? 0
                : Arrays.stream(axes).filter(axis -> axis < labels.axis()).count();
        labelling.write(node, labels.on(labels.axis() - (int) gone));
    }
}
