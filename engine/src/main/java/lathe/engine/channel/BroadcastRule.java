package lathe.engine.channel;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import lathe.engine.graph.Node;

/**
 * Operators of several inputs, element by element, whose axes of extent 1 are repeated: channels of all inputs that have as
 * many go together, a gate of one pixel per channel among them. Constants may have numbers per channel.
 */
final class BroadcastRule implements ChannelRule {

    /** An input, and where the channels are among its own axes: before its first axis if negative. */
    private record Operand(int input, int axis, int extent, boolean constant, Optional<Labels> labels) {}

    @Override
    public void label(Node node, Labelling labelling) {
        int rank = IntStream.range(0, node.inputs().size())
                .map(input -> labelling.shape(node, input).size())
                .max()
                .orElse(0);
        int[] axes = IntStream.range(0, node.inputs().size())
                .filter(input -> labelling.labels(node, input).isPresent())
                .map(input -> labelling.known(node, input).axis()
                        + rank
                        - labelling.shape(node, input).size())
                .distinct()
                .toArray();
        if (axes.length != 1) {
            throw ChannelRule.unknown(node, "joins channels on different axes");
        }
        List<Operand> operands = IntStream.range(0, node.inputs().size())
                .mapToObj(input -> operand(node, input, axes[0] - rank, labelling))
                .toList();
        int count = operands.stream().mapToInt(Operand::extent).max().orElse(1);
        Labels all = operands.stream()
                .flatMap(operand -> operand.labels().stream())
                .filter(labels -> labels.ids().length == count)
                .findFirst()
                .orElseThrow(() -> ChannelRule.unknown(node, "repeats a single channel"));
        for (Operand operand : operands) {
            if (operand.extent() != count) {
                operand.labels().ifPresent(one -> {
                    throw ChannelRule.unknown(node, "repeats a single channel");
                });
            } else if (operand.constant()) {
                if (count > 1) {
                    labelling.constant(node, operand.input(), operand.axis(), all.ids());
                }
            } else {
                labelling.unite(
                        all.ids(),
                        labelling
                                .along(node, operand.input(), operand.axis(), count)
                                .ids());
            }
        }
        labelling.write(node, all.on(axes[0]));
    }

    /** @param fromEnd where the channels are, counted from behind the last axis, negative */
    private static Operand operand(Node node, int input, int fromEnd, Labelling labelling) {
        List<Long> shape = labelling.shape(node, input);
        int axis = shape.size() + fromEnd;
        return new Operand(
                input,
                axis,
                axis < 0 ? 1 : Math.toIntExact(shape.get(axis)),
                labelling.graph().constant(node, input).isPresent(),
                labelling.labels(node, input));
    }
}
