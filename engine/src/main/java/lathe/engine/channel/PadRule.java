package lathe.engine.channel;

import java.util.stream.IntStream;
import java.util.stream.LongStream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;

/** Pad of constant widths. Channels that it adds, all of one constant, are new ones. */
final class PadRule implements ChannelRule {

    @Override
    public void label(Node node, Labelling labelling) {
        Labels labels = labelling.known(node, 0);
        int rank = labelling.shape(node, 0).size();
        long[] pads = node.integers("pads")
                .or(() -> labelling.longs(node, 1))
                .orElseThrow(() -> ChannelRule.unknown(node, "has no widths"));
        long[] axes = labelling
                .longs(node, 3)
                .orElseGet(() -> LongStream.range(0, rank).toArray());
        int at = IntStream.range(0, axes.length)
                .filter(i -> ChannelRule.axis(axes[i], rank) == labels.axis())
                .findFirst()
                .orElse(-1);
        if (at < 0 || (pads[at] == 0 && pads[axes.length + at] == 0)) {
            labelling.write(node, labels);
            return;
        }
        if (pads[at] < 0
                || pads[axes.length + at] < 0
                || !node.text("mode", "constant").equals("constant")) {
            throw ChannelRule.unknown(node, "crops or repeats them");
        }
        int[] before = labelling.fresh(labels.axis(), Math.toIntExact(pads[at])).ids();
        int[] after = labelling
                .fresh(labels.axis(), Math.toIntExact(pads[axes.length + at]))
                .ids();
        labelling.write(
                node, new Labels(labels.axis(), before).and(labels.ids()).and(after));
        labelling.change(node, (now, kept, edit) -> {
            long[] widths = pads.clone();
            widths[at] = kept.count(before);
            widths[axes.length + at] = kept.count(after);
            return now.input(1).isPresent()
                    ? ConstantInput.replaced(
                            now, 1, Initializer.ofLongs(ChannelRule.name(now) + "_pads", widths, widths.length), edit)
                    : now.withAttribute(
                            "pads",
                            new Attribute.Ints(LongStream.of(widths).boxed().toList()));
        });
    }
}
