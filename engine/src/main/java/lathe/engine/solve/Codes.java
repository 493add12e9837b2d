package lathe.engine.solve;

/** Rounding to codes, in loops that the compiler turns into vector instructions. */
final class Codes {

    /** Adding and taking off 1.5 * 2^23 leaves no bits for fractions: Math.rint for floats. */
    private static final float ROUND = 0x1.8p23f;

    private Codes() {}

    /** The nearest whole number from {@code low} to {@code high}, ties to even. NaN stays NaN. */
    static float nearest(float code, float low, float high) {
        return Math.max(low, Math.min(high, code)) + ROUND - ROUND;
    }

    /** The nearest code of each weight, given the scale of each; whole arrays, since then the loop is vectorized. */
    static void nearest(float[] weights, float[] steps, float[] low, float[] high, float[] codes) {
        for (int i = 0; i < codes.length; i++) {
            codes[i] = nearest(weights[i] / steps[i], low[i], high[i]);
        }
    }
}
