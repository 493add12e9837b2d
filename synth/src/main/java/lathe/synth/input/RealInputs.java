package lathe.synth.input;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import lathe.engine.tensor.ElementType;
import lathe.synth.input.InputException.Setting;

/**
 * Samples that a user has, in place of synthetic ones: an array for each input, or photographs for the one that takes
 * images. What is measured and what is checked may be kept apart. Immutable and thread-safe, as far as the reader of
 * photographs is.
 */
public final class RealInputs {

    /** The name of an array for the only input, or the only one that takes images. */
    public static final String UNNAMED = "";

    /** Minimum number of samples for holding some out for checks. */
    private static final int FEWEST_TO_SPLIT = 8;

    /** One in this many is held out. */
    private static final int SPLIT = 4;

    /**
     * Samples of one input. The arrays are not copied and must not change.
     *
     * @param type the element type they had in their file
     * @param dims number of samples, then the extents of one sample
     * @param values row-major, finite
     */
    public record Samples(ElementType type, long[] dims, float[] values) {
        public Samples {
            if (dims.length == 0 || dims[0] < 1 || Shapes.elements(dims) != values.length) {
                throw new IllegalArgumentException(
                        "samples of shape %s with %d elements".formatted(Shapes.text(dims), values.length));
            }
        }
    }

    /** Reads photographs; may be called from several threads at once. */
    public interface Photographs {
        /** Photograph {@code index} at this size, channels x height x width, values 0 to 1; channels are 1 or 3. */
        float[] read(int index, int channels, int height, int width);
    }

    private final String source;
    private final Map<String, Samples> arrays;
    private final Optional<Photographs> photographs;
    private final int given;
    private final int[] used;
    private final int[] checks;

    private RealInputs(
            String source,
            Map<String, Samples> arrays,
            Optional<Photographs> photographs,
            int given,
            int[] used,
            int[] checks) {
        this.source = source;
        this.arrays = arrays;
        this.photographs = photographs;
        this.given = given;
        this.used = used;
        this.checks = checks;
    }

    private static RealInputs of(
            String source, Map<String, Samples> arrays, Optional<Photographs> photographs, int count) {
        if (count < 1) {
            throw new InputException(Setting.REAL, source, "holds no sample");
        }
        int[] all = IntStream.range(0, count).toArray();
        return new RealInputs(source, arrays, photographs, count, all, all);
    }

    /**
     * Arrays by input name, or one under {@link #UNNAMED}.
     *
     * @param source where they are from, for messages
     * @throws InputException if there is none, or they hold different numbers of samples
     */
    public static RealInputs ofArrays(String source, Map<String, Samples> arrays) {
        Map<String, Samples> copy = Collections.unmodifiableMap(new LinkedHashMap<>(arrays));
        long count =
                copy.values().stream().findFirst().map(first -> first.dims()[0]).orElse(0L);
        copy.forEach((name, samples) -> {
            if (samples.dims()[0] != count) {
                throw new InputException(
                        Setting.REAL,
                        source,
                        "'%s' holds %d samples, '%s' %d; axis 0 is the sample axis of every array"
                                .formatted(copy.keySet().iterator().next(), count, name, samples.dims()[0]));
            }
        });
        return of(source, copy, Optional.empty(), Math.toIntExact(count));
    }

    /**
     * Photographs for the input that takes images.
     *
     * @param source where they are from, for messages
     * @param count how many there are
     * @throws InputException if there is none
     */
    public static RealInputs ofPhotographs(String source, int count, Photographs photographs) {
        return of(source, Map.of(), Optional.of(photographs), count);
    }

    /** Number of samples in use. */
    public int count() {
        return used.length;
    }

    /** Where they are from. */
    public String source() {
        return source;
    }

    /** The first of the samples in use, at most this many. */
    public RealInputs first(int most) {
        int[] few = IntStream.of(used).limit(most).toArray();
        return new RealInputs(source, arrays, photographs, given, few, few);
    }

    /** The samples to measure with: of 8 or more, three in four; the others are left to {@link #forChecks}. */
    public RealInputs forStatistics() {
        if (used.length < FEWEST_TO_SPLIT) {
            return this;
        }
        int[] measured = IntStream.range(0, used.length)
                .filter(i -> i % SPLIT != SPLIT - 1)
                .map(i -> used[i])
                .toArray();
        int[] heldOut = IntStream.range(0, used.length)
                .filter(i -> i % SPLIT == SPLIT - 1)
                .map(i -> used[i])
                .toArray();
        return new RealInputs(source, arrays, photographs, given, measured, heldOut);
    }

    /** The samples to check with: those that {@link #forStatistics} left out, or all where there are fewer than 8. */
    public RealInputs forChecks() {
        return new RealInputs(source, arrays, photographs, given, checks, checks);
    }

    /** True if checks use other samples than the measurement. */
    public boolean holdsOut() {
        return checks != used;
    }

    /** The samples in use, dealt out to at most this many sets of about equal size. */
    public List<RealInputs> sets(int most) {
        int sets = Math.min(most, used.length);
        return IntStream.range(0, sets)
                .mapToObj(set -> IntStream.range(0, used.length)
                        .filter(i -> i % sets == set)
                        .map(i -> used[i])
                        .toArray())
                .map(part -> new RealInputs(source, arrays, photographs, given, part, part))
                .toList();
    }

    /** Such as {@code 90 of 120 real inputs from photos}. */
    String words() {
        String number = used.length == given ? String.valueOf(given) : "%d of %d".formatted(used.length, given);
        return "%s real input%s from %s".formatted(number, given == 1 ? "" : "s", source);
    }

    /** The array for an input; empty if there is none of that name. */
    Optional<Samples> array(String input) {
        return Optional.ofNullable(arrays.get(input));
    }

    List<String> names() {
        return List.copyOf(arrays.keySet());
    }

    Optional<Photographs> photographs() {
        return photographs;
    }

    /** The place of sample {@code index} among all that were given; behind the last one in use comes the first again. */
    int position(int index) {
        return used[index % used.length];
    }
}
