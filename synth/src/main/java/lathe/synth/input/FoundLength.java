package lathe.synth.input;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A length of sequences or sound, or a height of images, that neither the file nor its user states, found by running the
 * network. Immutable.
 *
 * @param extent that the network runs with
 * @param failed lengths that it was tried with before, and fails with
 */
public record FoundLength(long extent, List<Long> failed) {

    public FoundLength {
        if (extent < 1) {
            throw new IllegalArgumentException("a length of %d".formatted(extent));
        }
        failed = List.copyOf(failed);
    }

    /** Such as {@code 576 taken, as the network fails with 16000 and 1024}. */
    String words() {
        List<String> lengths = failed.stream().map(String::valueOf).toList();
        int last = lengths.size() - 1;
        String listed = last < 1
                ? String.join("", lengths)
                : lengths.stream().limit(last).collect(Collectors.joining(", ")) + " and " + lengths.get(last);
        return lengths.isEmpty()
                ? "%d taken".formatted(extent)
                : "%d taken, as the network fails with %s".formatted(extent, listed);
    }
}
