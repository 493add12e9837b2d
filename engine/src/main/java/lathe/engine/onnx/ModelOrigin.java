package lathe.engine.onnx;

import java.util.Map;
import java.util.Set;
import lathe.engine.graph.Origin;
import lathe.engine.graph.SparseConstant;

/**
 * What a file said of a model.
 *
 * @param model the fields of {@code ModelProto}, the graph among them
 * @param graph the fields of {@code GraphProto}
 * @param irVersion version of the file format
 * @param opsets as read
 * @param metadata as read
 * @param unlisted initializers that the file does not list among the inputs
 * @param strayInfo inner values that the file describes, though it has no such values
 * @param sparseConstants the sparse initializers by name
 * @param constantBytes bytes of the constants in the model's own functions and in what it says of training
 * @param functionOperators standard operators in the model's own functions
 * @param files what external tensors lie in
 * @param regions the parts of those files that belong to the model
 */
record ModelOrigin(
        WireMessage model,
        WireMessage graph,
        long irVersion,
        Map<String, Long> opsets,
        Map<String, String> metadata,
        Set<String> unlisted,
        Set<String> strayInfo,
        Map<String, SparseConstant> sparseConstants,
        long constantBytes,
        Set<String> functionOperators,
        ExternalFiles files,
        Set<MappedBytes.Region> regions)
        implements Origin {

    @Override
    public Set<String> names() {
        return sparseConstants.keySet();
    }

    @Override
    public Set<String> operators() {
        return functionOperators;
    }
}
