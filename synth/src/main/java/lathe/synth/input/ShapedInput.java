package lathe.synth.input;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;

/**
 * An input with all its extents, and what follows from them. Immutable.
 *
 * @param input as the file states it
 * @param dims extents; axis 0 may be open
 * @param channelAxis where the channels of an image are
 * @param note what was assumed of the shape, in brackets, or nothing
 * @param firstNodes what reads it
 * @param waveform true for sound
 * @param state true if the network keeps it from one step to the next
 * @param cache true if it has an entry for each token that was read before, none at the start
 */
record ShapedInput(
        Value input,
        long[] dims,
        int channelAxis,
        String note,
        FirstNodes firstNodes,
        boolean waveform,
        boolean state,
        boolean cache) {

    private static final int MOST_CHANNELS = 16;
    private static final long FEWEST_PIXELS = 16;

    /** 1 GiB of floats; an image of 8192 x 8192 in three channels still fits. */
    private static final long MOST_ELEMENTS = 1 << 28;

    /**
     * @param given the extents that the options give this input
     * @param state true if the network keeps it from one step to the next
     * @param cache true if it has an entry for each token that was read before
     */
    static ShapedInput of(
            Graph graph, Value input, Optional<long[]> given, OpenAxes openAxes, boolean state, boolean cache) {
        long[] dims = Shapes.merge(input, given);
        FirstNodes firstNodes = FirstNodes.of(graph, input.name(), dims.length);
        int channelAxis = dims.length == 4 ? channelAxis(dims, firstNodes) : 1;
        List<String> notes = new ArrayList<>();
        OptionalInt time = Waveform.timeAxis(graph, input, dims);
        if (dims.length >= 1 && dims[0] == Shapes.OPEN) {
            OptionalLong stated = given.filter(extents -> extents[0] != Shapes.OPEN).stream()
                    .mapToLong(extents -> extents[0])
                    .findFirst();
            if (dims.length == 1 && time.isPresent()) {
                dims[0] = stated.orElseGet(openAxes::sound);
                notes.add("axis 0 is dynamic: " + openAxes.words(dims[0]));
            } else if (openAxes.isBound(input)) {
                dims[0] = openAxes.resolve(
                        input, 0, () -> stated.orElseGet(() -> OpenAxes.isBatch(input, 0) ? 1 : openAxes.sequence()));
                notes.add("axis 0 is dynamic: " + openAxes.words(dims[0]));
            }
        }
        for (int axis : order(dims.length, channelAxis)) {
            if (dims[axis] == Shapes.OPEN) {
                boolean batch = state || OpenAxes.isBatch(input, axis);
                OptionalLong told = batch ? OptionalLong.of(1) : cache ? OptionalLong.of(0) : firstNodes.extent(axis);
                dims[axis] = openAxes.resolve(
                        input,
                        axis,
                        () -> time.equals(OptionalInt.of(axis))
                                ? openAxes.sound()
                                : told.orElseGet(() -> usual(dims, axis, channelAxis, openAxes)));
                notes.add("axis %d is dynamic: %s".formatted(axis, openAxes.words(dims[axis])));
            }
        }
        boolean ignored =
                given.isPresent() && dims.length > 0 && dims[0] == Shapes.OPEN && given.get()[0] != Shapes.OPEN;
        if (ignored) {
            notes.add("its batch is dynamic and left free");
        }
        checkSize(input, dims);
        String note = notes.isEmpty() ? "" : " (" + String.join(", ", notes) + "; an input shape says otherwise)";
        return new ShapedInput(input, dims, channelAxis, note, firstNodes, time.isPresent(), state, cache);
    }

    private static void checkSize(Value input, long[] dims) {
        double elements = Arrays.stream(dims)
                .filter(extent -> extent != Shapes.OPEN)
                .asDoubleStream()
                .reduce(1, (a, b) -> a * b);
        if (elements > MOST_ELEMENTS) {
            throw new UnsupportedModelException("input '%s' of shape %s takes more than %d elements"
                    .formatted(input.name(), Shapes.text(dims), MOST_ELEMENTS));
        }
    }

    /** The axes but the batch, channels first, the last one (a width) after the others. */
    private static int[] order(int rank, int channelAxis) {
        return rank == 4 && channelAxis == 3
                ? new int[] {3, 1, 2}
                : IntStream.range(1, rank).toArray();
    }

    private static int channelAxis(long[] dims, FirstNodes firstNodes) {
        OptionalInt told = firstNodes.channelAxis();
        if (told.isPresent() && (told.getAsInt() == 1 || told.getAsInt() == 3)) {
            return told.getAsInt();
        }
        return !usualChannels(dims[1]) && usualChannels(dims[3]) ? 3 : 1;
    }

    private static boolean usualChannels(long extent) {
        return extent == 1 || extent == 3 || extent == 4;
    }

    private static long usual(long[] dims, int axis, int channelAxis, OpenAxes openAxes) {
        if (dims.length == 4) {
            int heightAxis = channelAxis == 3 ? 1 : 2;
            if (axis == channelAxis) {
                return 3;
            }
            if (axis == heightAxis) {
                return dims[axis + 1] == Shapes.OPEN ? openAxes.side() : dims[axis + 1];
            }
            return OpenAxes.widthFor(dims[axis - 1]);
        }
        return dims.length == 5 ? (axis == 1 ? 1 : OpenAxes.VOLUME) : openAxes.sequence();
    }

    String name() {
        return input.name();
    }

    ElementType type() {
        return input.type();
    }

    @Override
    public long[] dims() {
        return dims.clone();
    }

    boolean image() {
        boolean pixels = Feed.isReal(type())
                || (type() == ElementType.UINT8 && dims.length == 4 && usualChannels(dims[channelAxis]));
        return pixels
                && !state
                && !cache
                && dims.length == 4
                && dims[channelAxis] <= MOST_CHANNELS
                && !firstNodes.endInMatrixProduct()
                && (long) height() * width() >= FEWEST_PIXELS;
    }

    /** The axes behind the first whose extent the file leaves open. */
    IntStream openAxes() {
        List<Value.Dim> stated = input.dims().orElse(List.of());
        return IntStream.range(1, stated.size())
                .filter(axis -> stated.get(axis).extent().isEmpty());
    }

    /** True for a state whose batch is not axis 0. */
    boolean batchInside() {
        return state && openAxes().findAny().isPresent();
    }

    boolean noise() {
        return Feed.isReal(type()) && !image() && !state && !cache;
    }

    /** True for a single number an image. */
    boolean lone() {
        return numbers() == 1;
    }

    /** True for a few numbers an image. */
    boolean few() {
        return numbers() <= 8;
    }

    private long numbers() {
        long numbers = 1;
        for (int axis = 0; axis < dims.length; axis++) {
            numbers *= axis == 0 && dims[axis] == Shapes.OPEN ? 1 : dims[axis];
        }
        return numbers;
    }

    boolean channelsLast() {
        return channelAxis == 3;
    }

    int channels() {
        return Math.toIntExact(dims[channelAxis]);
    }

    int height() {
        return Math.toIntExact(dims[channelsLast() ? 1 : 2]);
    }

    int width() {
        return Math.toIntExact(dims[channelsLast() ? 2 : 3]);
    }

    /** The scaling that the first nodes undo. */
    Optional<Scaling> ownNormalisation() {
        return firstNodes.ownNormalisation(channelAxis, channels());
    }

    /** The number of images in a batch, where the shape fixes it: axis 0, or 1 where there is no batch axis. */
    OptionalInt fixedBatch() {
        if (dims.length >= 1 && dims[0] == Shapes.OPEN) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(dims.length >= 2 ? Math.toIntExact(dims[0]) : 1);
    }
}
