package lathe.synth.refine;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lathe.synth.network.Tensor;

/**
 * Means over images of outputs that hold one number per image and channel, summed in double precision.
 *
 * @param images how many
 * @param sums over images, per channel, by name of the output
 */
record MeanOutputs(int images, Map<String, double[]> sums) {

    /** Of the images of one run; outputs are images x channels, whatever follows. */
    static MeanOutputs of(int images, List<String> names, Map<String, Tensor> outputs) {
        Map<String, double[]> sums = new HashMap<>();
        for (String name : names) {
            Tensor output = outputs.get(name);
            double[] sum = new double[output.size() / images];
            for (int i = 0; i < output.size(); i++) {
                sum[i % sum.length] += output.values().get(i);
            }
            sums.put(name, sum);
        }
        return new MeanOutputs(images, sums);
    }

    /** Of the images of all parts, in their order. */
    static MeanOutputs of(List<MeanOutputs> parts) {
        Map<String, double[]> sums = new HashMap<>();
        int images = 0;
        for (MeanOutputs part : parts) {
            images += part.images();
            part.sums().forEach((name, more) -> sums.merge(name, more.clone(), MeanOutputs::plus));
        }
        return new MeanOutputs(images, sums);
    }

    private static double[] plus(double[] sum, double[] more) {
        for (int c = 0; c < sum.length; c++) {
            sum[c] += more[c];
        }
        return sum;
    }

    /** The mean of a channel of an output. */
    double of(String output, int channel) {
        return sums.get(output)[channel] / images;
    }
}
