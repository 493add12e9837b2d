package lathe.engine.qdq;

import java.util.List;
import lathe.engine.layer.CompressedLayer;
import lathe.engine.layer.Layer;

/**
 * A layer of the graph and the weights found for it.
 *
 * @param layer where it is
 * @param groups its weights, one matrix a group
 * @param bias its bias, corrected, {@code layer.rows()} numbers
 */
public record QuantizedLayer(Layer layer, List<CompressedLayer> groups, float[] bias) {

    public QuantizedLayer {
        groups = List.copyOf(groups);
        if (groups.size() != layer.groups() || bias.length != layer.rows()) {
            throw new IllegalArgumentException("layer '%s': %d groups and %d outputs, %d matrices and %d biases"
                    .formatted(layer.name(), layer.groups(), layer.rows(), groups.size(), bias.length));
        }
    }

    /** The codes in the order in which the original weights were stored. */
    byte[] storedCodes() {
        byte[] stored = new byte[layer.rows() * layer.cols()];
        for (int row = 0; row < layer.rows(); row++) {
            CompressedLayer group = groups.get(row / layer.rowsPerGroup());
            int start = row % layer.rowsPerGroup() * layer.cols();
            for (int col = 0; col < layer.cols(); col++) {
                stored[layer.op().storedIndex(row, col, layer.rows(), layer.cols())] = group.codes()[start + col];
            }
        }
        return stored;
    }

    /** One scale an output. */
    float[] scales() {
        float[] scales = new float[layer.rows()];
        for (int row = 0; row < scales.length; row++) {
            scales[row] = groups.get(row / layer.rowsPerGroup()).scales()[row % layer.rowsPerGroup()];
        }
        return scales;
    }
}
