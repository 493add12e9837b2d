package lathe.engine.solve;

import java.util.Optional;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.CholeskyFactor;
import lathe.engine.linalg.GramMatrix.OrderedFactor;

/**
 * GPTQ for tr(G E H Eᵀ), Babai's nearest plane for the lattice of all codes at once. With H = N D Nᵀ and G = M B Mᵀ,
 * N and M unit upper, entry (o, j) of Mᵀ E N is the error of that weight plus what errors of outputs and inputs before it
 * do to it; each weight is rounded to where that is nearest to 0. Inputs come in the order of falling diag(H), outputs
 * within an input in the order of falling diag(G). O(outputs² * inputs + outputs * inputs²), in float.
 */
final class TwoSidedRounding {

    /** Inputs whose errors reach the inputs beyond the block in one product. */
    private static final int BLOCK = 128;

    private TwoSidedRounding() {}

    /** New codes with the same scales; the same weights where G or H is not positive definite. */
    static TwoSidedWeights of(TwoSidedWeights start) {
        LayerProblem problem = start.problem();
        Optional<OrderedFactor> n = problem.gram().choleskyByFallingDiagonal();
        Optional<OrderedFactor> m = problem.outputMetric().choleskyByFallingDiagonal();
        return n.isPresent() && m.isPresent() ? start.with(rounded(start, n.get(), m.get()), start.scales()) : start;
    }

    private static float[][] rounded(TwoSidedWeights start, OrderedFactor ofInputs, OrderedFactor ofOutputs) {
        int[] inputs = ofInputs.order();
        int[] outputs = ofOutputs.order();
        CholeskyFactor n = ofInputs.factor();
        float[][] codes = new float[outputs.length][inputs.length];
        float[][] spread = ofOutputs.factor().unitRows();
        float[][] weights = new float[outputs.length][];
        float[][] scales = new float[outputs.length][];
        for (int o = 0; o < outputs.length; o++) {
            weights[o] = start.problem().weights().floatRow(outputs[o]);
            scales[o] = start.ranges()[outputs[o]].perColumn(start.scales()[outputs[o]]);
        }
        float[][] errors = new float[inputs.length][outputs.length];
        float[][] fromInputs = new float[inputs.length][outputs.length];
        for (int from = 0; from < inputs.length; from += BLOCK) {
            int to = Math.min(inputs.length, from + BLOCK);
            for (int j = from; j < to; j++) {
                int input = inputs[j];
                float[] fromOutputs = new float[outputs.length];
                for (int o = 0; o < outputs.length; o++) {
                    float[] own = codes[outputs[o]];
                    ScaleRange range = start.ranges()[outputs[o]];
                    float wanted = weights[o][input] + fromInputs[j][o] + fromOutputs[o];
                    float nearest = Math.min(range.highest(input, own), wanted / scales[o][input]);
                    own[input] = (float) range.levels().nearest(Math.max(range.lowest(input, own), nearest));
                    errors[j][o] = weights[o][input] - scales[o][input] * own[input];
                    addMultiple(errors[j][o] + fromInputs[j][o], spread[o], o + 1, fromOutputs);
                }
                n.spreadInto(errors, j, j + 1, j + 1, to, fromInputs);
            }
            n.spreadInto(errors, from, to, to, inputs.length, fromInputs);
        }
        return codes;
    }

    private static void addMultiple(float factor, float[] from, int start, float[] to) {
        for (int i = start; i < to.length; i++) {
            to[i] += factor * from[i];
        }
    }
}
