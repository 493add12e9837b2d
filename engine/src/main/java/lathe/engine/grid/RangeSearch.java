package lathe.engine.grid;

/**
 * Ranges for one histogram. The error of a range is the sum of squared quantization errors of the observed values.
 *
 * <p>A range is a step and a zero point. Steps are tried on a ladder, then on a finer one around the best; a step gives
 * the errors of all zero points at once, since what the cell around a level costs depends on neither end. So a search
 * takes some 200 times 2^bits look-ups.
 */
final class RangeSearch {

    private static final int RUNGS_PER_OCTAVE = 16;

    /** The narrowest range is this many octaves below the full one. */
    private static final int OCTAVES = 10;

    private final QuantGrid grid;
    private final int steps;
    private final double lowest;
    private final double highest;
    private final double least;
    private final double most;
    private final Moments numbers;
    private final float[] largestSteps; // by the number of levels below 0

    /**
     * Takes what was seen.
     *
     * @param low nothing below can occur, and no range reaches below
     * @param high nothing above can occur, and no range reaches above
     */
    RangeSearch(Histogram seen, QuantGrid grid, double low, double high) {
        this.grid = grid;
        this.steps = grid.levels() - 1;
        this.lowest = Math.max(low, -Float.MAX_VALUE);
        this.highest = Math.min(high, Float.MAX_VALUE);
        this.least = Math.max(lowest, Math.min(0, seen.min()));
        this.most = Math.min(highest, Math.max(0, seen.max()));
        this.numbers = new Moments(seen);
        this.largestSteps = new float[grid.levels()];
        for (int below = 0; below <= steps; below++) {
            largestSteps[below] = largestStep(below);
        }
    }

    /** Number of codes. */
    int levels() {
        return grid.levels();
    }

    /** The range of all numbers, its ends moved by up to half a step so that 0 has a code. */
    AffineScale covering() {
        float step = Math.max(roundedDown((most - least) / steps), Float.MIN_NORMAL);
        int below = grid.nearest(grid.min() - least / step) - grid.min();
        return scale(Math.min(step, largestSteps[below]), below);
    }

    /**
     * The range of least error, the covering one among the candidates.
     *
     * @param clippedWeight how many times the squared error of a clipped element counts, 1 or more
     */
    AffineScale leastError(double clippedWeight) {
        Best best = new Best(covering(), clippedWeight);
        double top = best.scale.scale() * (1 + 1.0 / (steps - 1));
        ladder(best, top, RUNGS_PER_OCTAVE, OCTAVES * RUNGS_PER_OCTAVE);
        double around = Math.min(top, best.scale.scale() * Math.pow(2, 1.0 / RUNGS_PER_OCTAVE));
        ladder(best, around, RUNGS_PER_OCTAVE * RUNGS_PER_OCTAVE, 2 * RUNGS_PER_OCTAVE);
        return best.scale;
    }

    private void ladder(Best best, double top, int perOctave, int rungs) {
        for (int rung = 0; rung <= rungs; rung++) {
            float step = (float) (top * Math.pow(2, -(double) rung / perOctave));
            if (step >= Float.MIN_NORMAL) {
                offerAll(best, step);
            }
        }
    }

    /** Offers every zero point with this step. Level k stands for k steps; its cell reaches half a step to both sides. */
    private void offerAll(Best best, float step) {
        int mostBelow = least < 0 ? steps : 0;
        double[] cells = new double[mostBelow + steps + 2]; // errors of all cells before that of level i - mostBelow
        for (int i = 1; i < cells.length; i++) {
            cells[i] = cells[i - 1] + cell(i - 1 - mostBelow, step);
        }
        for (int below = 0; below <= mostBelow; below++) {
            if (step <= largestSteps[below]) {
                int first = mostBelow - below;
                double inside = cells[first + steps + 1] - cells[first];
                best.offer(step, below, inside, under(-below, step) + over(steps - below, step));
            }
        }
    }

    private double cell(int level, double step) {
        return numbers.squaredDistance(level * step, (level - 0.5) * step, (level + 0.5) * step);
    }

    /** Of what lies below the cell of the lowest level. */
    private double under(int level, double step) {
        return numbers.squaredDistance(level * step, Double.NEGATIVE_INFINITY, (level - 0.5) * step);
    }

    /** Of what lies above the cell of the highest level. */
    private double over(int level, double step) {
        return numbers.squaredDistance(level * step, (level + 0.5) * step, Double.POSITIVE_INFINITY);
    }

    /** The largest step at which a range with this many levels below 0 is inside the bounds. */
    private float largestStep(int below) {
        double down = below == 0 ? Float.MAX_VALUE : -lowest / below;
        double up = below == steps ? Float.MAX_VALUE : highest / (steps - below);
        return Math.max(roundedDown(Math.min(down, up)), Float.MIN_NORMAL);
    }

    private static float roundedDown(double value) {
        float rounded = (float) value;
        return rounded > value ? Math.nextDown(rounded) : rounded;
    }

    /** Sum of squared differences over all that was seen, those of clipped elements weighted. */
    double error(AffineScale range, double clippedWeight) {
        int first = grid.min() - range.zeroPoint();
        double sum = clippedWeight * under(first, range.scale());
        for (int level = first; level <= first + steps; level++) {
            sum += cell(level, range.scale());
        }
        return sum + clippedWeight * over(first + steps, range.scale());
    }

    private AffineScale scale(float step, int below) {
        return new AffineScale(grid, step, grid.min() + below);
    }

    /** The best range so far; of equals, the first. */
    private final class Best {
        private final double clippedWeight;
        private AffineScale scale;
        private double error;

        Best(AffineScale first, double clippedWeight) {
            this.clippedWeight = clippedWeight;
            scale = first;
            error = error(first, clippedWeight);
        }

        void offer(float step, int below, double inside, double clipped) {
            double candidate = inside + clippedWeight * clipped;
            if (candidate < error) {
                error = candidate;
                scale = scale(step, below);
            }
        }
    }
}
