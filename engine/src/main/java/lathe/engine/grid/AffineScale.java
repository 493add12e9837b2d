package lathe.engine.grid;

/**
 * A mapping between real numbers and codes, {@code real = scale * (code - zeroPoint)}, as ONNX QuantizeLinear and
 * DequantizeLinear define it.
 *
 * @param grid the codes
 * @param scale real width of one step, positive and finite
 * @param zeroPoint the code of 0.0, inside the grid
 */
public record AffineScale(QuantGrid grid, float scale, int zeroPoint) {

    public AffineScale {
        if (!(scale > 0) || Float.isInfinite(scale)) {
            throw new IllegalArgumentException("scale %s is not positive and finite".formatted(scale));
        }
        if (zeroPoint < grid.min() || zeroPoint > grid.max()) {
            throw new IllegalArgumentException(
                    "zero point %d outside %d..%d".formatted(zeroPoint, grid.min(), grid.max()));
        }
    }

    /**
     * The mean squared quantization error of the observed values, rounding and clipping together; 0 if there are none.
     * One pass over the codes.
     */
    public double meanSquaredError(Histogram seen) {
        double infinity = Double.POSITIVE_INFINITY;
        return seen.count() == 0 ? 0 : new RangeSearch(seen, grid, -infinity, infinity).error(this, 1) / seen.count();
    }

    /** The smallest real number that has a code. */
    public double low() {
        return (double) scale * (grid.min() - zeroPoint);
    }

    /** The largest real number that has a code. */
    public double high() {
        return (double) scale * (grid.max() - zeroPoint);
    }
}
