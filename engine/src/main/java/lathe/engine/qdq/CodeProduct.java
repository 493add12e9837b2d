package lathe.engine.qdq;

import java.util.List;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Node;
import lathe.engine.grid.Blocks;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Layer;
import lathe.engine.layer.SolvedLayer;
import lathe.engine.operator.Observed;

/**
 * Writes products with a matrix that a runtime computes from the codes of the matrix, inputs rounded to 8 bits as they come.
 * One for each rewrite of a graph; not thread-safe.
 */
interface CodeProduct {

    /**
     * A product that was read back.
     *
     * @param data the value that is multiplied
     * @param matrix inputs x outputs, in floats
     * @param bias the value that is added by the same node
     */
    record Read(String data, FoldedTensor matrix, Optional<String> bias) {}

    /** The names of codes, scales and what else a layer needs, put as constants. */
    List<String> put(SolvedLayer solved);

    /** Names as short as those of {@link #put}, of constants that another layer has put. */
    List<String> names(SolvedLayer solved);

    /**
     * The node in the place of a layer's; others that it needs are inserted in front.
     *
     * @param reader that node in the graph
     * @param now that node as it is to be but for weights and bias
     * @param constants as {@link #put} names them
     */
    Node insert(Node reader, Node now, SolvedLayer solved, List<String> constants, Optional<String> bias);

    /** The one of a form; empty where all products are computed in float. */
    static Optional<CodeProduct> of(WeightForm form, GraphEdit edit) {
        return switch (form) {
            case NBITS -> Optional.of(new MatMulNBits(edit));
            case DYNAMIC -> Optional.of(new MatMulInteger(edit));
            case CAST, DEQUANTIZE, ARCHIVE -> Optional.empty();
        };
    }

    /**
     * True if a layer with weights of this format can be such a product.
     *
     * @param nested true of a layer in a body, in front of which no nodes can be inserted
     */
    static boolean canHold(WeightForm form, Layer layer, WeightFormat format, boolean nested) {
        boolean rows =
                layer.site().observed().match(windows -> false, CodeProduct::isOfLastAxis, s -> false, () -> false);
        Blocks blocks = format.blocks(layer.cols(), layer.taps());
        return rows
                && switch (form) {
                    case NBITS -> MatMulNBits.canHold(format, blocks);
                    case DYNAMIC -> !nested && MatMulInteger.canHold(format, blocks);
                    case CAST, DEQUANTIZE, ARCHIVE -> false;
                };
    }

    private static boolean isOfLastAxis(Observed.Rows rows) {
        return rows.matrix() && rows.inputs().get(0).position() == -1;
    }

    /** The product that a node ends; empty for all other nodes, and for products whose weights are not known. */
    static Optional<Read> read(Graph graph, Node node) {
        return MatMulNBits.read(graph, node).or(() -> MatMulInteger.read(graph, node));
    }
}
