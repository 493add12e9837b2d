package lathe.engine.grid;

/**
 * The distribution of a value's elements, gathered in one pass without knowing the range in advance: equal bins over
 * {@code [-2^k, 2^k)}, and k grows, merging bins in pairs, when an element falls outside. The result does not depend
 * on the order in which elements arrive. Not thread-safe; merge one histogram a thread.
 */
public final class Histogram {

    /** Number of bins over both signs. */
    public static final int BINS = 4096;

    /** An empty histogram. */
    public Histogram() {
        throw new UnsupportedOperationException("stub");
    }

    /** Counts an element. NaN is an error of the network: it is counted apart. */
    public void add(float value) {
        throw new UnsupportedOperationException("stub");
    }

    /** Adds all that another histogram has counted. */
    public void merge(Histogram other) {
        throw new UnsupportedOperationException("stub");
    }

    /** Elements counted, NaN not included. */
    public long count() {
        throw new UnsupportedOperationException("stub");
    }

    /** Smallest element; +infinity when there is none. */
    public float min() {
        throw new UnsupportedOperationException("stub");
    }

    /** Largest element; -infinity when there is none. */
    public float max() {
        throw new UnsupportedOperationException("stub");
    }
}
