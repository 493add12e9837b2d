package lathe.engine.grid;

/**
 * Codes that index a table of levels, the same for all layers.
 *
 * @param name for options and reports
 * @param levels up to 256
 * @param sharing which weights share a scale
 * @param block input channels that share a scale where {@code sharing} is {@link Sharing#BLOCK}, else 0
 */
public record TableFormat(String name, LevelTable levels, Sharing sharing, int block) implements WeightFormat {

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
            Sharing.CHANNEL,
            0);

    public TableFormat {
        sharing.check(block);
    }

    @Override
    public int bits() {
        return Integer.SIZE - Integer.numberOfLeadingZeros(levels.byCode().length - 1);
    }

    @Override
    public TableFormat with(Sharing newSharing, int newBlock) {
        return new TableFormat(name, levels, newSharing, newBlock);
    }
}
