package lathe.engine.pipeline;

/**
 * Memory limit for Gram matrices and their factorizations.
 *
 * @param bytes at least 1
 */
public record MemoryBudget(long bytes) {

    /** Half a gigabyte of Gram matrices at a time: more would save a few runs of the network and no time to speak of. */
    public static final MemoryBudget DEFAULT = new MemoryBudget(2560L << 20);

    /** What a layer takes while it is worked on, in Gram matrices: gathered, damped, and factored, twice in passing. */
    private static final int TIMES_GRAM = 5;

    public MemoryBudget {
        if (bytes < 1) {
            throw new IllegalArgumentException("%d bytes of memory".formatted(bytes));
        }
    }

    /** Bytes of all the Gram matrices there may be at a time, unless there is but one. */
    long batch() {
        return Math.min(bytes, DEFAULT.bytes) / TIMES_GRAM;
    }
}
