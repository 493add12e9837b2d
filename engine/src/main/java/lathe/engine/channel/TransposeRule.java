package lathe.engine.channel;

import java.util.stream.IntStream;
import lathe.engine.graph.Node;

/** Transpose: the channels are on another axis. */
final class TransposeRule implements ChannelRule {

    @Override
    public void label(Node node, Labelling labelling) {
        Labels labels = labelling.known(node, 0);
        int rank = labelling.shape(node, 0).size();
        long[] order = node.integers("perm")
                .orElseGet(() -> IntStream.range(0, rank)
                        .mapToLong(axis -> rank - 1 - axis)
                        .toArray());
        int axis = IntStream.range(0, rank)
                .filter(to -> order[to] == labels.axis())
                .findFirst()
                .orElseThrow();
        labelling.write(node, labels.on(axis));
    }
}
