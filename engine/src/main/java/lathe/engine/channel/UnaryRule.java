package lathe.engine.channel;

import java.util.stream.IntStream;
import lathe.engine.graph.Node;

/** Operators that change each number by itself. */
final class UnaryRule implements ChannelRule {

    @Override
    public void label(Node node, Labelling labelling) {
        Labels labels = labelling.known(node, 0);
        boolean others = IntStream.range(1, node.inputs().size())
                .anyMatch(input -> labelling.labels(node, input).isPresent());
        if (others) {
            throw ChannelRule.unknown(node, "reads them beside its data");
        }
        labelling.write(node, labels);
    }
}
