package lathe.engine.channel;

import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;

/** Split along the channels or another axis, into parts of known sizes. */
final class SplitRule implements ChannelRule {

    @Override
    public void label(Node node, Labelling labelling) {
        Labels labels = labelling.known(node, 0);
        int rank = labelling.shape(node, 0).size();
        long stated = node.integer("axis").orElse(0);
        if (ChannelRule.axis(stated, rank) != labels.axis()) {
            node.outputs().stream()
                    .filter(output -> !output.isEmpty())
                    .forEach(output -> labelling.write(output, labels));
            return;
        }
        long[] sizes = sizes(node, labels.ids().length, labelling);
        if (node.outputs().contains("") || LongStream.of(sizes).sum() != labels.ids().length) {
            throw ChannelRule.unknown(node, "drops some of them");
        }
        int from = 0;
        for (int part = 0; part < sizes.length; part++) {
            int to = from + Math.toIntExact(sizes[part]);
            labelling.write(node.outputs().get(part), labels.part(from, to));
            from = to;
        }
        boolean asInput = labelling.graph().opset() >= 13;
        labelling.change(node, (now, kept, edit) -> changed(now, keptSizes(labels.ids(), sizes, kept), asInput, edit));
    }

    private static long[] sizes(Node node, int count, Labelling labelling) {
        Optional<long[]> stated = node.integers("split").or(() -> labelling.longs(node, 1));
        int parts = node.outputs().size();
        int each = (count + parts - 1) / parts;
        return stated.orElseGet(() -> LongStream.range(0, parts)
                .map(part -> Math.min(each, count - part * each))
                .toArray());
    }

    private static long[] keptSizes(int[] ids, long[] sizes, Kept kept) {
        long[] result = new long[sizes.length];
        int from = 0;
        for (int part = 0; part < sizes.length; part++) {
            int to = from + (int) sizes[part];
            result[part] = kept.count(ids, from, to);
            from = to;
        }
        return result;
    }

    private static Node changed(Node node, long[] sizes, boolean asInput, GraphEdit edit) {
        if (!asInput) {
            return node.withAttribute(
                    "split", new Attribute.Ints(LongStream.of(sizes).boxed().toList()));
        }
        String name = edit.putFresh(Initializer.ofLongs(ChannelRule.name(node) + "_sizes", sizes, sizes.length));
        return node.withoutAttribute("num_outputs")
                .withInputs(List.of(node.inputs().get(0), name));
    }
}
