package lathe.engine.grid;

/** How the range of an activation is chosen from what was seen of it. */
public enum ActivationRange {
    /** Cover all that was seen. */
    MIN_MAX,
    /** Clip where that lowers the mean squared error. */
    MSE;

    /** A scale for the histogram whose range lies inside {@code [low, high]} and contains 0. */
    public AffineScale choose(Histogram seen, QuantGrid grid, double low, double high) {
        double from = Math.max(low, Math.min(0, seen.min()));
        double to = Math.min(high, Math.max(0, seen.max()));
        float scale = (float) Math.max((to - from) / (grid.levels() - 1), Float.MIN_NORMAL);
        return new AffineScale(grid, scale, grid.nearest(grid.min() - from / scale));
    }
}
