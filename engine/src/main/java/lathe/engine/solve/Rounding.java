package lathe.engine.solve;

import lathe.engine.grid.QuantGrid;

/** What all solvers share about rows, scales and codes. */
final class Rounding {

    private Rounding() {}

    /**
     * The scale as stored: rounded to float, at least the floor, positive and finite. A scale of 0, which an output of
     * zeros asks for, becomes the floor, or 1 where there is none.
     */
    static float scale(double wanted, double floor) {
        float scale = (float) Math.min(Float.MAX_VALUE, Math.max(wanted, floor));
        if (scale < floor) {
            scale = Math.nextUp(scale);
        }
        return scale == 0 ? (wanted > 0 ? Float.MIN_VALUE : 1f) : scale;
    }

    /**
     * W - Ŵ under nearest rounding.
     *
     * @param weights W, rows x inputs
     * @param scales one an output
     * @param errors overwritten, rows x inputs
     */
    static void errorsInto(QuantGrid grid, double[] weights, float[] scales, double[] errors) {
        int cols = weights.length / scales.length;
        for (int row = 0; row < scales.length; row++) {
            double scale = scales[row];
            for (int i = row * cols; i < (row + 1) * cols; i++) {
                errors[i] = weights[i] - scale * grid.rounded(weights[i] / scale);
            }
        }
    }
}
