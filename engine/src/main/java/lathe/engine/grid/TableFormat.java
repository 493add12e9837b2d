package lathe.engine.grid;

/**
 * Codes that index a table of levels.
 *
 * @param name for options and reports
 * @param levels up to 256
 * @param fitted true if each layer has levels of its own, which a solver finds from these; false if all layers have these
 * @param sharing which weights share a scale
 * @param block input channels that share a scale where {@code sharing} is {@link Sharing#BLOCK}, else 0
 */
public record TableFormat(String name, LevelTable levels, boolean fitted, Sharing sharing, int block)
        implements WeightFormat {

    /**
     * NormalFloat of 4 bits, one scale an output: quantiles of a normal distribution, divided by the largest, 8 of its
     * positive half, 7 of its negative one, and 0 (Dettmers et al., QLoRA, arXiv 2305.14314, section 3 and appendix E).
     */
    public static final TableFormat NF4 = new TableFormat(
            "nf4",
            new LevelTable(
                    -1.0f,
                    -0.6961928f,
                    -0.52507305f,
                    -0.3949175f,
                    -0.28444138f,
                    -0.18477343f,
                    -0.091050036f,
                    0.0f,
                    0.0795803f,
                    0.1609302f,
                    0.2461123f,
                    0.33791524f,
                    0.44070983f,
                    0.562617f,
                    0.72295684f,
                    1.0f),
            false,
            Sharing.CHANNEL,
            0);

    public TableFormat {
        sharing.check(block);
    }

    /** Mid-rise integers, ±0.5, ±1.5, ... as many as codes of this many bits, one scale an output: no level of 0. */
    public static TableFormat midrise(int bits) {
        float[] levels = new float[1 << bits];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = i - (levels.length - 1) / 2f;
        }
        return new TableFormat("midrise" + bits, new LevelTable(levels), false, Sharing.CHANNEL, 0);
    }

    /**
     * As many levels as codes of this many bits, fitted to each layer; one scale an output. They start as quantiles of a
     * logistic distribution, which has few of its levels in the tails, as weights have.
     */
    public static TableFormat lloyd(int bits) {
        int count = 1 << bits;
        float[] levels = new float[count];
        for (int i = 0; i < count; i++) {
            levels[i] = (float) StrictMath.log((i + 0.5) / (count - i - 0.5));
        }
        return new TableFormat("lloyd" + bits, new LevelTable(levels), true, Sharing.CHANNEL, 0);
    }

    /** The same with other levels, those found for a layer. */
    public TableFormat withLevels(LevelTable found) {
        return new TableFormat(name, found, fitted, sharing, block);
    }

    @Override
    public int bits() {
        return Integer.SIZE - Integer.numberOfLeadingZeros(levels.byCode().length - 1);
    }

    @Override
    public TableFormat with(Sharing newSharing, int newBlock) {
        return new TableFormat(name, levels, fitted, newSharing, newBlock);
    }
}
