package lathe.engine.thinning;

import java.util.BitSet;

/**
 * Multiplications of a layer, in proportion to the channels that it writes and those that it reads.
 *
 * @param macs with all channels
 * @param inputs the class of each input channel; none where a layer reads of each channel what it writes, as a depthwise one
 * @param outputs the class of each output channel
 */
public record LayerCost(double macs, int[] inputs, int[] outputs) {

    /** Multiplications without some classes. */
    public double without(BitSet gone) {
        return macs * share(inputs, gone) * share(outputs, gone);
    }

    private static double share(int[] classes, BitSet gone) {
        int kept = 0;
        for (int number : classes) {
            kept += gone.get(number) ? 0 : 1;
        }
        return classes.length == 0 ? 1 : (double) kept / classes.length;
    }
}
