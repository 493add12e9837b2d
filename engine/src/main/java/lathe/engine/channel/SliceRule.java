package lathe.engine.channel;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.tensor.ElementType;

/** Slice with constant bounds: along the channels with steps of 1, along other axes with any. */
final class SliceRule implements ChannelRule {

    private static final int STARTS = 1;
    private static final int ENDS = 2;

    @Override
    public void label(Node node, Labelling labelling) {
        Labels labels = labelling.known(node, 0);
        int rank = labelling.shape(node, 0).size();
        long[] starts = labelling.longs(node, STARTS).orElseThrow(() -> ChannelRule.unknown(node, "has no bounds"));
        long[] axes = labelling
                .longs(node, 3)
                .orElseGet(() -> LongStream.range(0, starts.length).toArray());
        int[] mine = IntStream.range(0, axes.length)
                .filter(i -> ChannelRule.axis(axes[i], rank) == labels.axis())
                .toArray();
        if (mine.length == 0) {
            labelling.write(node, labels);
            return;
        }
        long[] ends = labelling.longs(node, ENDS).orElseThrow(() -> ChannelRule.unknown(node, "has no bounds"));
        int at = mine[0];
        int extent = labels.ids().length;
        if (mine.length > 1 || labelling.longs(node, 4).map(steps -> steps[at]).orElse(1L) != 1) {
            throw ChannelRule.unknown(node, "takes them in steps");
        }
        int from = ChannelRule.bound(starts[at], extent);
        int to = Math.max(from, ChannelRule.bound(ends[at], extent));
        if (from == to) {
            throw ChannelRule.unknown(node, "takes none of them");
        }
        labelling.write(node, labels.part(from, to));
        labelling.change(node, (now, kept, edit) -> {
            int before = kept.count(labels.ids(), 0, from);
            int taken = kept.count(labels.ids(), from, to);
            Node moved = withBound(now, STARTS, at, before, labelling.constant(node, STARTS), edit);
            return withBound(moved, ENDS, at, before + taken, labelling.constant(node, ENDS), edit);
        });
    }

    private static Node withBound(Node node, int input, int at, long value, Initializer old, GraphEdit edit) {
        long[] bounds = old.longs();
        bounds[at] = value;
        Initializer changed = old.type() == ElementType.INT32
                ? Initializer.ofInts(
                        old.name(),
                        Arrays.stream(bounds).mapToInt(Math::toIntExact).toArray(),
                        bounds.length)
                : Initializer.ofLongs(old.name(), bounds, bounds.length);
        return ConstantInput.replaced(node, input, changed, edit);
    }
}
