package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.ToLongFunction;

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
    public long batch() {
        return Math.min(bytes, DEFAULT.bytes) / TIMES_GRAM;
    }

    /**
     * Cuts a list into runs whose Gram matrices fit into memory; a single item that does not fit makes a run of its own.
     *
     * @param gramBytes of an item
     */
    public <T> List<List<T>> batches(Collection<T> all, ToLongFunction<T> gramBytes) {
        List<List<T>> batches = new ArrayList<>();
        long free = 0;
        for (T item : all) {
            long needed = gramBytes.applyAsLong(item);
            if (batches.isEmpty() || needed > free) {
                batches.add(new ArrayList<>());
                free = batch();
            }
            batches.get(batches.size() - 1).add(item);
            free -= needed;
        }
        return batches;
    }
}
