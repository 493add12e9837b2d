package lathe.engine.thinning;

import java.util.BitSet;
import java.util.List;

/**
 * What a node costs, such as multiplications, in proportion to the channels that it writes and those that it reads.
 *
 * @param whole with all channels
 * @param inputs the class of each input channel; none where a layer reads of each channel what it writes, as a depthwise one
 * @param outputs the class of each output channel
 */
public record LayerCost(double whole, int[] inputs, int[] outputs) {

    /** The sum of costs without some classes. */
    public static double sum(List<LayerCost> costs, BitSet gone) {
        return costs.stream().mapToDouble(cost -> cost.without(gone)).sum();
    }

    private double without(BitSet gone) {
        return whole * share(inputs, gone) * share(outputs, gone);
    }

    private static double share(int[] classes, BitSet gone) {
        int kept = 0;
        for (int number : classes) {
            kept += gone.get(number) ? 0 : 1;
        }
        return classes.length == 0 ? 1 : (double) kept / classes.length;
    }
}
