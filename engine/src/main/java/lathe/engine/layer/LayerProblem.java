package lathe.engine.layer;

import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;

/**
 * The waist of Lathe: find weights Ŵ in some set that keep tr((W - Ŵ) H (W - Ŵ)ᵀ) small. A grouped layer is one such
 * problem a group.
 *
 * @param layer name of the layer, for messages
 * @param weights W, outputs x inputs (a Conv is flattened to outputs x (inputs/groups * kh * kw))
 * @param gram H, inputs x inputs, mean of x xᵀ over samples
 * @param mean E[x], one number an input
 * @param scaleFloor the least scale each output may get, 0 for no limit: below it an int32 bias would overflow
 */
public record LayerProblem(String layer, WeightMatrix weights, GramMatrix gram, double[] mean, double[] scaleFloor) {

    public LayerProblem {
        if (weights.cols() != gram.order() || mean.length != gram.order()) {
            throw new IllegalArgumentException("layer '%s': %d weight columns, Gram matrix of order %d, %d means"
                    .formatted(layer, weights.cols(), gram.order(), mean.length));
        }
        if (scaleFloor.length != weights.rows()) {
            throw new IllegalArgumentException(
                    "layer '%s': %d outputs, %d scale floors".formatted(layer, weights.rows(), scaleFloor.length));
        }
    }
}
