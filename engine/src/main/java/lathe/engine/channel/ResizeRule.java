package lathe.engine.channel;

import java.util.Optional;
import java.util.stream.IntStream;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;

/** Resize over other axes than that of the channels, to factors or to constant sizes. */
final class ResizeRule implements ChannelRule {

    private static final int SIZES = 3;

    @Override
    public void label(Node node, Labelling labelling) {
        Labels labels = labelling.known(node, 0);
        long extent = labelling.shape(node.output()).get(labels.axis());
        if (extent != labels.ids().length || node.integers("axes").isPresent()) {
            throw ChannelRule.unknown(node, "resizes them");
        }
        Optional<long[]> sizes = labelling.longs(node, SIZES);
        labelling.write(node, labels);
        sizes.ifPresent(stated -> labelling.change(node, (now, kept, edit) -> {
            long[] changed = IntStream.range(0, stated.length)
                    .mapToLong(axis -> axis == labels.axis() ? kept.count(labels.ids()) : stated[axis])
                    .toArray();
            Initializer constant = Initializer.ofLongs(ChannelRule.name(now) + "_sizes", changed, changed.length);
            return ConstantInput.replaced(now, SIZES, constant, edit);
        }));
    }
}
