package lathe.engine.thinning;

import java.util.BitSet;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import lathe.engine.layer.ChannelBlock;

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

    /** The same with counts of channels that kernels compute for those that are left. */
    static double filled(List<LayerCost> costs, BitSet gone, ChannelBlock block) {
        return costs.stream().mapToDouble(cost -> cost.filled(gone, block)).sum();
    }

    private double without(BitSet gone) {
        return whole * share(inputs, gone, kept -> kept) * share(outputs, gone, kept -> kept);
    }

    private double filled(BitSet gone, ChannelBlock block) {
        return whole * share(inputs, gone, block::filled) * share(outputs, gone, block::filled);
    }

    private static double share(int[] classes, BitSet gone, IntToDoubleFunction computed) {
        int kept = 0;
        for (int number : classes) {
            kept += gone.get(number) ? 0 : 1;
        }
        return classes.length == 0 ? 1 : computed.applyAsDouble(kept) / computed.applyAsDouble(classes.length);
    }
}
