package lathe.engine.channel;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The channels of a value: which element of the union-find is at each position of one of its axes. A position may have
 * the element of another, as where channels are flattened together with space. The array must not change.
 *
 * @param axis counted from the front
 * @param ids one element per position
 */
record Labels(int axis, int[] ids) {

    /** The same channels on another axis. */
    Labels on(int otherAxis) {
        return new Labels(otherAxis, ids);
    }

    /** Each position several times in a row. */
    Labels repeated(int times) {
        return new Labels(
                axis,
                IntStream.range(0, ids.length * times).map(i -> ids[i / times]).toArray());
    }

    /** Some positions in a row. */
    Labels part(int from, int to) {
        return new Labels(axis, Arrays.copyOfRange(ids, from, to));
    }

    /** These positions and then others. */
    Labels and(int[] others) {
        return new Labels(
                axis,
                IntStream.concat(Arrays.stream(ids), Arrays.stream(others)).toArray());
    }
}
