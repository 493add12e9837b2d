package lathe.engine.grid;

/**
 * Levels that are the codes themselves.
 *
 * @param grid the codes
 */
record IntegerLevels(QuantGrid grid) implements Levels {

    /** Adding and taking off 1.5 * 2^23 leaves no bits for fractions: Math.rint for floats. */
    private static final float ROUND = 0x1.8p23f;

    @Override
    public float least() {
        return grid.min();
    }

    @Override
    public float largest() {
        return grid.max();
    }

    @Override
    public int count() {
        return grid.levels();
    }

    @Override
    public double nearest(double value) {
        return Math.rint(value);
    }

    @Override
    public double below(double level) {
        return level - 1;
    }

    @Override
    public double above(double level) {
        return level + 1;
    }

    @Override
    public void nearest(float[] values, float[] least, float[] largest, float[] nearest) {
        for (int i = 0; i < nearest.length; i++) {
            nearest[i] = Math.max(least[i], Math.min(largest[i], values[i])) + ROUND - ROUND;
        }
    }

    @Override
    public void nearest(float[] values, float[] scales, float[] least, float[] largest, float[] nearest) {
        for (int i = 0; i < nearest.length; i++) {
            nearest[i] = Math.max(least[i], Math.min(largest[i], values[i] / scales[i])) + ROUND - ROUND;
        }
    }

    @Override
    public short code(float level) {
        return (short) level;
    }

    @Override
    public float level(short code) {
        return code;
    }
}
