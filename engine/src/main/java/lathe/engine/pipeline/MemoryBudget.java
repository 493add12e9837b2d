package lathe.engine.pipeline;

import lathe.engine.layer.Layer;

/**
 * The memory that Gram matrices may take with all that is made of them.
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

    /** Bytes that a layer takes while it is worked on. */
    long bytesFor(Layer layer) {
        return layer.gramBytes() * TIMES_GRAM;
    }

    /** True if the Gram matrix of a layer's inputs takes no more than there may be of one; else its diagonal is taken. */
    boolean holdsGramOf(Layer layer) {
        return layer.gramBytes() <= largestGram();
    }

    /** Bytes of the largest Gram matrix there may be. */
    long largestGram() {
        return Math.max(1, bytes / TIMES_GRAM);
    }

    /** Bytes of all the Gram matrices there may be at a time, unless there is but one. */
    long batch() {
        return Math.min(largestGram(), DEFAULT.bytes / TIMES_GRAM);
    }
}
