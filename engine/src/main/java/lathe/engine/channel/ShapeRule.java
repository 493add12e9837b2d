package lathe.engine.channel;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;

/** Shape of a value of which only other extents than the number of channels are read. */
final class ShapeRule implements ChannelRule {

    @Override
    public void label(Node node, Labelling labelling) {
        Graph graph = labelling.graph();
        Labels labels = labelling.known(node, 0);
        int rank = labelling.shape(node, 0).size();
        if (!node.attributes().isEmpty() || !isIgnored(graph, node.output(), labels.axis(), rank)) {
            throw ChannelRule.unknown(node, "hands on how many they are");
        }
    }

    /** True if nothing reads the extent of an axis from a shape, nor from what it is cast to. */
    private static boolean isIgnored(Graph graph, String shape, int axis, int rank) {
        return !graph.isOutput(shape)
                && graph.consumers(shape).stream()
                        .allMatch(reader -> reader.is("Cast")
                                ? isIgnored(graph, reader.output(), axis, rank)
                                : reads(graph, shape, reader, rank)
                                        .filter(axes -> Arrays.stream(axes).noneMatch(read -> read == axis))
                                        .isPresent());
    }

    /** The extents that a Gather or Slice with constant indices takes; empty for other nodes. */
    private static Optional<long[]> reads(Graph graph, String shape, Node reader, int rank) {
        if (!reader.inputs().get(0).equals(shape) || reader.inputs().lastIndexOf(shape) != 0) {
            return Optional.empty();
        }
        if (reader.is("Gather")) {
            return graph.constant(reader, 1)
                    .map(indices -> LongStream.of(indices.longs())
                            .map(index -> ChannelRule.axis(index, rank))
                            .toArray());
        }
        return StatedShape.bounds(graph, reader)
                .map(bounds -> IntStream.range(ChannelRule.bound(bounds[0], rank), ChannelRule.bound(bounds[1], rank))
                        .mapToLong(axis -> axis)
                        .toArray());
    }
}
