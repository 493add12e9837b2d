package lathe.engine.solve;

import java.util.List;
import java.util.function.DoubleUnaryOperator;
import lathe.engine.grid.Levels;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerProblem;
import lathe.engine.tensor.WeightMatrix;

/**
 * A scale and a zero point before the scale is rounded to what may be stored.
 *
 * @param scale real width of a unit of the levels, 0 where there is nothing but zeros
 * @param zeroPoint the code of 0.0
 */
record CoveringScale(double scale, int zeroPoint) {

    /** The same with a scale of at least this value. */
    CoveringScale atLeast(double least) {
        return least > scale ? new CoveringScale(least, zeroPoint) : this;
    }

    /** The least scale that holds all weights of a layer. */
    static CoveringScale covering(WeightFormat format, List<LayerProblem> groups) {
        double least = 0;
        double most = 0;
        for (LayerProblem group : groups) {
            WeightMatrix weights = group.weights();
            for (int row = 0; row < weights.rows(); row++) {
                for (int col = 0; col < weights.cols(); col++) {
                    least = Math.min(least, weights.at(row, col));
                    most = Math.max(most, weights.at(row, col));
                }
            }
        }
        return covering(format, least, most, Math::rint);
    }

    /**
     * The least scale that holds weights from {@code least}, at most 0, to {@code most}, at least 0.
     *
     * @param rounding of the zero point to a whole number
     */
    static CoveringScale covering(WeightFormat format, double least, double most, DoubleUnaryOperator rounding) {
        Levels levels = format.levels();
        if (format.symmetric()) {
            return new CoveringScale(Math.max(most / levels.largest(), least / levels.least()), 0);
        }
        double scale = (most - least) / (levels.count() - 1);
        double zero = scale > 0 ? rounding.applyAsDouble(levels.least() - least / scale) : 0;
        return new CoveringScale(scale, (int) Math.max(levels.least(), Math.min(levels.largest(), zero)));
    }
}
