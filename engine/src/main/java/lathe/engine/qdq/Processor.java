package lathe.engine.qdq;

/** The processors that the 8-bit kernels of a compressed network have to be exact on. */
public enum Processor {
    /** All of them: neighbouring weights keep to a {@link lathe.engine.grid.PairBound}. */
    ANY,
    /** x86 with 8-bit dot products (VNNI), which sum in 32 bits: Intel from Ice Lake on, AMD from Zen 4 on. */
    VNNI,
    /** 64-bit ARM, which sums in 32 bits. */
    ARM;

    /** True if a kernel may add two products in 16 bits with saturation. */
    public boolean maySaturate() {
        return this == ANY;
    }
}
