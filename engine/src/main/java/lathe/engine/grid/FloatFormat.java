package lathe.engine.grid;

import lathe.engine.tensor.ElementType;
import lathe.engine.tensor.Float8;

/**
 * Floats of 8 bits; codes are their bits, infinities and NaN are no levels.
 *
 * @param type FLOAT8E4M3FN, levels up to 448, or FLOAT8E5M2, up to 57,344
 * @param sharing which weights share a scale
 * @param block input channels that share a scale where {@code sharing} is {@link Sharing#BLOCK}, else 0
 */
public record FloatFormat(ElementType type, Sharing sharing, int block) implements WeightFormat {

    private static final LevelTable FINE = levels(ElementType.FLOAT8E4M3FN);
    private static final LevelTable WIDE = levels(ElementType.FLOAT8E5M2);

    /** 4 bits of exponent and 3 of fraction, one scale an output. */
    public static final FloatFormat E4M3 = new FloatFormat(ElementType.FLOAT8E4M3FN, Sharing.CHANNEL, 0);

    /** 5 bits of exponent and 2 of fraction, one scale an output. */
    public static final FloatFormat E5M2 = new FloatFormat(ElementType.FLOAT8E5M2, Sharing.CHANNEL, 0);

    public FloatFormat {
        if (!Float8.has(type)) {
            throw new IllegalArgumentException("%s is no float of 8 bits".formatted(type));
        }
        sharing.check(block);
    }

    private static LevelTable levels(ElementType type) {
        float[] byCode = new float[1 << Byte.SIZE];
        for (int code = 0; code < byCode.length; code++) {
            float level = Float8.toFloat(type, (byte) code);
            byCode[code] = Float.isInfinite(level) ? Float.NaN : level;
        }
        return new LevelTable(byCode);
    }

    @Override
    public String name() {
        return type == ElementType.FLOAT8E4M3FN ? "fp8-e4m3" : "fp8-e5m2";
    }

    @Override
    public LevelTable levels() {
        return type == ElementType.FLOAT8E4M3FN ? FINE : WIDE;
    }

    @Override
    public int bits() {
        return type.bits();
    }

    @Override
    public FloatFormat with(Sharing newSharing, int newBlock) {
        return new FloatFormat(type, newSharing, newBlock);
    }
}
