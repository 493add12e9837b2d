package lathe.engine.tensor;

/** Floats of 16 bits: a sign, 5 bits of exponent and 10 of fraction. Source: IEEE 754-2019, binary16 and binary32. */
public final class Float16 {

    /** Bits of a float's fraction beyond those of a half. */
    private static final int EXTRA = 13;

    /** Halves from here on have all bits of their fraction. */
    private static final float SMALLEST_NORMAL = 0x1p-14f;

    /** What is as far from the largest half, 65504, as from the next power of two. */
    private static final float OVERFLOW = 65520;

    private static final int INFINITY = 0x7c00;
    private static final int NAN = 0x7e00;

    private Float16() {}

    /** The number that 16 bits stand for; exact. */
    public static float toFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = (half >> 10) & 0x1f;
        int fraction = half & 0x3ff;
        if (exponent == 0x1f) {
            return Float.intBitsToFloat(sign | 0x7f800000 | (fraction << EXTRA));
        }
        if (exponent == 0) {
            float magnitude = fraction * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        return Float.intBitsToFloat(sign | ((exponent + 112) << 23) | (fraction << EXTRA));
    }

    /** The nearest half, of two equally near the even one; infinite from 65520 on. */
    public static short of(float value) {
        int sign = (Float.floatToRawIntBits(value) >>> 16) & 0x8000;
        float magnitude = Math.abs(value);
        if (Float.isNaN(value)) {
            return (short) (sign | NAN);
        }
        if (magnitude >= OVERFLOW) {
            return (short) (sign | INFINITY);
        }
        if (magnitude < SMALLEST_NORMAL) {
            return (short) (sign | (int) Math.rint(magnitude * 0x1p24f));
        }
        int bits = Float.floatToRawIntBits(magnitude);
        int odd = (bits >> EXTRA) & 1;
        return (short) (sign | ((bits + (1 << (EXTRA - 1)) - 1 + odd - (112 << 23)) >> EXTRA));
    }
}
