package lathe.synth.input;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import lathe.engine.graph.Graph;
import lathe.engine.tensor.ElementType;

/**
 * Feeds for inputs that hold no measured quantity: indices, masks, lengths, truth values. Immutable.
 *
 * @param graph that reads them
 * @param inputs all inputs, for the lengths of sequences
 */
record SideFeeds(Graph graph, List<ShapedInput> inputs) {

    /** Samples a second of sound, where nothing says it. */
    static final int RATE = 16_000;

    /** A feed, and in plain words what it is. */
    record Described(Feed feed, String words) {}

    /**
     * The feed for an input.
     *
     * @param sample extents of one sample
     */
    Described of(ShapedInput input, long[] sample, long seed) {
        InputUse use = new InputUse(graph, input.name());
        int count = Math.toIntExact(Shapes.elements(sample));
        if (input.type() == ElementType.BOOL) {
            return use.isNamedMask() ? mask(use, count) : truths(seed, count);
        }
        if (Feed.isReal(input.type())) {
            if (isFactor(input)) {
                return new Described(new Feed.Constant(count, 1), "factors, ones");
            }
            return use.isNamedMask() && count > 1
                    ? mask(use, count)
                    : new Described(new Feed.Constant(count, 0), "%s side input, zeros".formatted(input.type()));
        }
        return index(input, use, sample, seed);
    }

    /** True if an input of real numbers selects others. */
    boolean isMask(ShapedInput input) {
        return new InputUse(graph, input.name()).isNamedMask();
    }

    /** True for a few real numbers that others are multiplied by. */
    boolean isFactor(ShapedInput input) {
        return input.few() && new InputUse(graph, input.name()).isNamedFactor();
    }

    private static Described mask(InputUse use, int count) {
        return use.isNamedPadding()
                ? new Described(new Feed.Constant(count, 0), "mask of padding, zeros: nothing is padded")
                : new Described(new Feed.Constant(count, 1), "mask, ones: nothing is masked");
    }

    private static Described truths(long seed, int count) {
        return count == 1
                ? new Described(new Feed.InTurn(1, new long[] {0, 1}), "BOOL, alternating false and true")
                : new Described(new Feed.Drawn(seed, count, 2), "BOOL, false and true at random");
    }

    private Described index(ShapedInput input, InputUse use, long[] sample, long seed) {
        int count = Math.toIntExact(Shapes.elements(sample));
        int last = sample.length == 0 ? 1 : Math.toIntExact(sample[sample.length - 1]);
        OptionalLong rows = use.tableRows();
        if (use.countsPositions() && count > 1) {
            return new Described(
                    new Feed.Counted(count, last, rows.orElse(Long.MAX_VALUE)), "positions, counted from 0 on");
        }
        if (use.namesSegments() && count > 1) {
            return new Described(new Feed.Constant(count, 0), "segments, zeros: one text");
        }
        if (rows.isPresent()) {
            Vocabulary vocabulary = use.vocabulary(rows.getAsLong());
            String words = "%s indices, drawn from %s of the table that they index%s"
                    .formatted(
                            input.type(),
                            vocabulary.size() < rows.getAsLong()
                                    ? "%d of the %d rows".formatted(vocabulary.size(), rows.getAsLong())
                                    : "the %d rows".formatted(rows.getAsLong()),
                            vocabulary.falling() ? ", the first ones more often" : "");
            return new Described(new Feed.Words(seed, count, rows.getAsLong(), vocabulary), words);
        }
        if (use.isNamedMask()) {
            return mask(use, count);
        }
        long[] compared = use.comparedWith();
        if (count == 1 && compared.length > 0) {
            String numbers = LongStream.of(compared).mapToObj(String::valueOf).collect(Collectors.joining(", "));
            return new Described(
                    new Feed.InTurn(1, compared),
                    "%s, alternating the values that it is compared with: %s".formatted(input.type(), numbers));
        }
        if (count == 1 && Waveform.isRate(input.name())) {
            return new Described(new Feed.Constant(1, RATE), "samples a second, %d".formatted(RATE));
        }
        if (count == 1 && use.isLength()) {
            long length = sequenceLength(input);
            return new Described(new Feed.Constant(1, length), "length of the sequence, %d".formatted(length));
        }
        if (count > 1 && use.masks()) {
            return mask(use, count);
        }
        return count > 1 && use.entersLayer()
                ? new Described(new Feed.Drawn(seed, count, 2), "%s, 0 and 1 at random".formatted(input.type()))
                : new Described(new Feed.Constant(count, 0), "%s side input, zeros".formatted(input.type()));
    }

    /** The extent of the sequence that a length belongs to: of the input that it is named after, else of the first one. */
    private long sequenceLength(ShapedInput length) {
        List<ShapedInput> sequences =
                inputs.stream().filter(input -> input.dims().length >= 2).toList();
        return sequences.stream()
                .filter(input -> length.name().startsWith(input.name()))
                .findFirst()
                .or(() -> sequences.stream().findFirst())
                .map(SideFeeds::sequenceExtent)
                .orElse(1L);
    }

    /** The axis behind the batch whose extent the file leaves open, else the longest. */
    private static long sequenceExtent(ShapedInput input) {
        long[] dims = input.dims();
        OptionalLong open = input.openAxes().mapToLong(axis -> dims[axis]).findFirst();
        return open.orElse(Arrays.stream(dims, 1, dims.length).max().orElse(1));
    }
}
