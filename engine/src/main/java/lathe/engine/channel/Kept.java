package lathe.engine.channel;

import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Which elements of the union-find are kept.
 *
 * @param is true of these
 */
record Kept(IntPredicate is) {

    /** The positions that are kept, in order. */
    int[] positions(int[] ids) {
        return IntStream.range(0, ids.length).filter(i -> is.test(ids[i])).toArray();
    }

    /** How many are kept. */
    int count(int[] ids) {
        return count(ids, 0, ids.length);
    }

    /** How many of some positions in a row are kept. */
    int count(int[] ids, int from, int to) {
        return (int) IntStream.range(from, to).filter(i -> is.test(ids[i])).count();
    }
}
