package lathe.engine.grid;

/**
 * The values that a weight may take, in units of its scale: {@code weight = scale * (level(code) - zeroPoint)}. All that
 * solvers know of a format. Immutable and thread-safe.
 *
 * <p>Zero points move the levels of {@link IntegerLevels} by whole numbers, which are levels again; so these have
 * neighbours and nearest levels beyond {@link #least} and {@link #largest}, and callers bound them. A
 * {@link LevelTable} has none, and needs no bounds.
 */
public sealed interface Levels permits IntegerLevels, LevelTable {

    /** The least level, below 0. */
    float least();

    /** The largest level, above 0. */
    float largest();

    /** Number of levels. */
    int count();

    /** The nearest level; of two as near, the even one of integers, the lower one of a table. NaN stays NaN. */
    double nearest(double value);

    /** The next level below a level; negative infinity where there is none. */
    double below(double level);

    /** The next level above a level; infinity where there is none. */
    double above(double level);

    /**
     * The nearest level of each value between bounds, which are levels themselves. Integers take about 0.2 ns each, as
     * the loop is vectorized, entries of a table 5 ns.
     *
     * @param nearest gets the levels, one for each value; it may be {@code values}
     */
    void nearest(float[] values, float[] least, float[] largest, float[] nearest);

    /** The same for values that are to be divided by the scale of each first. */
    void nearest(float[] values, float[] scales, float[] least, float[] largest, float[] nearest);

    /** The code of a level. */
    short code(float level);

    /** The level of a code. */
    float level(short code);
}
