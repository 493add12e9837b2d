package lathe.engine.qdq;

import java.util.HashMap;
import java.util.Map;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.layer.CompressedLayer;

/** Codes of layers as constants: those that share weights share them, whatever nodes make numbers of them. Not thread-safe. */
final class WrittenCodes {

    private final GraphEdit edit;
    private final Map<CompressedLayer, String> names = new HashMap<>();

    WrittenCodes(GraphEdit edit) {
        this.edit = edit;
    }

    /**
     * The name of the codes of a layer.
     *
     * @param weights the first matrix of the layer
     */
    String of(CompressedLayer weights, Initializer codes) {
        return names.computeIfAbsent(weights, key -> edit.putFresh(codes));
    }
}
