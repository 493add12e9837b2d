package lathe.engine.grid;

/** How the range of an activation is chosen from what was seen of it. Immutable and thread-safe. */
public enum ActivationRange {
    /** Covers all that was seen. */
    MIN_MAX {
        @Override
        AffineScale choose(RangeSearch search) {
            return search.covering();
        }
    },

    /** Clips where the squared error saved by finer steps outweighs that of the clipped elements. */
    MSE {
        @Override
        AffineScale choose(RangeSearch search) {
            return search.leastError(1);
        }
    },

    /**
     * Clips only where the gain is many times the loss: the squared error of a clipped element counts once for every
     * {@value #LEVELS_PER_WEIGHT} levels, 16 times with 8 bits and once with 4. What clipping takes away is one-sided
     * and adds up over a sum of many inputs, while rounding errors average out; and other inputs than those seen may
     * reach further. The weight was found by trial.
     */
    CAUTIOUS {
        @Override
        AffineScale choose(RangeSearch search) {
            return search.leastError(Math.max(1, search.levels() / LEVELS_PER_WEIGHT));
        }
    };

    private static final double LEVELS_PER_WEIGHT = 16;

    /**
     * A scale whose range holds 0 exactly and lies inside {@code [low, high]}; where nothing below 0 was seen, the zero
     * point is the smallest code. An empty histogram gives the smallest scale there is. Takes a few ms with 8 bits, less
     * with fewer.
     *
     * @param seen what was measured
     * @param grid the codes
     * @param low nothing below can occur, 0 or less; may be infinite
     * @param high nothing above can occur, 0 or more; may be infinite
     */
    public AffineScale choose(Histogram seen, QuantGrid grid, double low, double high) {
        if (!(low <= 0 && high >= 0)) {
            throw new IllegalArgumentException("range %s to %s does not hold 0".formatted(low, high));
        }
        return choose(new RangeSearch(seen, grid, low, high));
    }

    abstract AffineScale choose(RangeSearch search);
}
