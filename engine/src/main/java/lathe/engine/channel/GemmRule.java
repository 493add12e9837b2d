package lathe.engine.channel;

import java.util.List;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;

/** Gemm of constant weights and bias, whose data is not transposed. */
final class GemmRule implements ChannelRule {

    @Override
    public void label(Node node, Labelling labelling) {
        if (node.integer("transA").orElse(0) != 0) {
            throw ChannelRule.unknown(node, "transposes its data");
        }
        boolean transposed = node.integer("transB").orElse(0) != 0;
        List<Long> dims = labelling.constant(node, 1).dims();
        Labels in = labelling.along(node, 0, 1, Math.toIntExact(dims.get(transposed ? 1 : 0)));
        Labels out = labelling.fresh(1, Math.toIntExact(dims.get(transposed ? 0 : 1)));
        labelling.constant(node, 1, transposed ? 1 : 0, in.ids());
        labelling.constant(node, 1, transposed ? 0 : 1, out.ids());
        if (node.input(2).isPresent()) {
            Initializer bias = labelling.constant(node, 2);
            int last = bias.rank() - 1;
            if (last >= 0 && bias.dims().get(last) != 1) {
                labelling.constant(node, 2, last, out.ids());
            }
        }
        labelling.mixes(node);
        labelling.write(node, out);
    }
}
