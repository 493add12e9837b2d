package lathe.engine.tensor;

/**
 * Floats of 8 bits, as ONNX stores them: a sign, then exponent and fraction, of 4 and 3 bits in FLOAT8E4M3FN, of 5 and 2
 * in FLOAT8E5M2. E4M3FN has no infinities, and its only NaN has all bits of exponent and fraction set; E5M2 has both as
 * IEEE 754 has them.
 *
 * <p>Source: Micikevicius et al., FP8 Formats for Deep Learning, arXiv 2209.05433, table 1.
 */
public final class Float8 {

    private Float8() {}

    /** True for the types that this class knows. */
    public static boolean has(ElementType type) {
        return type == ElementType.FLOAT8E4M3FN || type == ElementType.FLOAT8E5M2;
    }

    /**
     * The number that 8 bits stand for; exact.
     *
     * @throws IllegalArgumentException for another type
     */
    public static float toFloat(ElementType type, byte bits) {
        if (!has(type)) {
            throw new IllegalArgumentException("%s is no float of 8 bits".formatted(type));
        }
        boolean fine = type == ElementType.FLOAT8E4M3FN;
        int fractionBits = fine ? 3 : 2;
        int bias = fine ? 7 : 15;
        int magnitude = bits & 0x7f;
        int exponent = magnitude >> fractionBits;
        int fraction = magnitude & ((1 << fractionBits) - 1);
        float sign = bits < 0 ? -1 : 1;
        if (fine ? magnitude == 0x7f : exponent == 0x1f) {
            return fine || fraction > 0 ? Float.NaN : sign * Float.POSITIVE_INFINITY;
        }
        int leading = exponent == 0 ? 0 : 1 << fractionBits;
        return sign * Math.scalb((float) (leading + fraction), Math.max(1, exponent) - bias - fractionBits);
    }
}
