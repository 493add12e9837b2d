package lathe.engine.solve;

import java.util.function.DoubleUnaryOperator;
import lathe.engine.grid.Levels;
import lathe.engine.grid.WeightFormat;

/**
 * A scale and a zero point before the scale is rounded to what may be stored.
 *
 * @param step real width of a unit of the levels, 0 where there is nothing but zeros
 * @param zeroPoint the code of 0.0
 */
record AffineStep(double step, int zeroPoint) {

    /** The same with a scale of at least this value. */
    AffineStep atLeast(double least) {
        return least > step ? new AffineStep(least, zeroPoint) : this;
    }

    /**
     * The least scale that holds weights from {@code least}, at most 0, to {@code most}, at least 0.
     *
     * @param rounding of the zero point to a whole number
     */
    static AffineStep covering(WeightFormat format, double least, double most, DoubleUnaryOperator rounding) {
        Levels levels = format.levels();
        if (format.symmetric()) {
            return new AffineStep(Math.max(most / levels.largest(), least / levels.least()), 0);
        }
        double step = (most - least) / (levels.count() - 1);
        double zero = step > 0 ? rounding.applyAsDouble(levels.least() - least / step) : 0;
        return new AffineStep(step, (int) Math.max(levels.least(), Math.min(levels.largest(), zero)));
    }
}
