package lathe.engine.channel;

import java.util.List;
import lathe.engine.graph.Node;

/** MatMul with a constant matrix from the right: channels are on the last axis. */
final class MatMulRule implements ChannelRule {

    @Override
    public void label(Node node, Labelling labelling) {
        List<Long> dims = labelling.constant(node, 1).dims();
        int last = labelling.shape(node, 0).size() - 1;
        if (dims.size() != 2 || last < 1) {
            throw ChannelRule.unknown(node, "multiplies no rows with a matrix");
        }
        Labels in = labelling.along(node, 0, last, Math.toIntExact(dims.get(0)));
        Labels out = labelling.fresh(last, Math.toIntExact(dims.get(1)));
        labelling.constant(node, 1, 0, in.ids());
        labelling.constant(node, 1, 1, out.ids());
        labelling.mixes(node);
        labelling.write(node, out);
    }
}
