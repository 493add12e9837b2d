package lathe.engine.layer;

import java.util.Arrays;
import lathe.engine.grid.PairBound;

/**
 * Limits that the kernel of a layer sets for its weights. Immutable by agreement: the array is not copied.
 *
 * @param scaleFloor the least scale of each output, 0 for no limit: below it an int32 bias would overflow
 * @param pairs of neighbouring codes, whose products may be added in 16 bits
 */
public record KernelLimits(double[] scaleFloor, PairBound pairs) {

    /** No limits, for a layer of this many outputs. */
    public static KernelLimits none(int rows) {
        return new KernelLimits(new double[rows], PairBound.NONE);
    }

    /** The limits of both, of the same number of outputs. */
    public KernelLimits and(KernelLimits other) {
        double[] floor = scaleFloor.clone();
        for (int row = 0; row < floor.length; row++) {
            floor[row] = Math.max(floor[row], other.scaleFloor[row]);
        }
        return new KernelLimits(floor, pairs.and(other.pairs));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KernelLimits limits
                && Arrays.equals(scaleFloor, limits.scaleFloor)
                && pairs.equals(limits.pairs);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(scaleFloor) + pairs.hashCode();
    }
}
