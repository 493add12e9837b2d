package lathe.synth.input;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import lathe.synth.image.Pictures;
import lathe.synth.input.RealInputs.Samples;

/**
 * Which of a user's samples belong to which input, and whether they fit. Immutable.
 *
 * @param real the samples
 * @param inputs of the network
 */
record RealFeeds(RealInputs real, List<Value> inputs) {

    /** The array for an input that is declared so; empty if the samples are for another input. */
    Optional<Samples> arrayFor(Value input, Predicate<Value> takesPictures) {
        Optional<Samples> unnamed = real.array(RealInputs.UNNAMED);
        if (unnamed.isPresent()) {
            return unnamedInput(takesPictures).equals(input) ? unnamed : Optional.empty();
        }
        if (real.photographs().isPresent()) {
            return Optional.empty();
        }
        return Optional.of(real.array(input.name())
                .orElseThrow(() -> wrong("no array for input '%s'; it holds %s".formatted(input.name(), quoted()))));
    }

    private Value unnamedInput(Predicate<Value> takesPictures) {
        List<Value> candidates = inputs.size() == 1
                ? inputs
                : inputs.stream().filter(takesPictures).toList();
        if (candidates.size() != 1) {
            String names = inputs.stream().map(Value::name).collect(Collectors.joining(", "));
            throw wrong("one array, but the model has %d inputs (%s); give an .npz file with an array for each"
                    .formatted(inputs.size(), names));
        }
        return candidates.get(0);
    }

    private String quoted() {
        return real.names().stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "));
    }

    /** The extents that an array gives an input, last axes first aligned; -1 where it gives none. */
    static long[] extents(Value input, Samples samples) {
        int rank = input.dims().map(List::size).orElse(samples.dims().length);
        long[] extents = new long[rank];
        Arrays.fill(extents, Shapes.OPEN);
        int shift = samples.dims().length - rank;
        for (int axis = shift == 0 ? 1 : 0; axis < rank && (shift == 0 || shift == 1); axis++) {
            boolean stated = input.dims().isPresent()
                    && input.dims().get().get(axis).extent().isPresent();
            extents[axis] = stated ? Shapes.OPEN : samples.dims()[axis + shift];
        }
        return extents;
    }

    /**
     * The feed of an array.
     *
     * @param sample extents of one sample of the input
     * @throws InputException if the array's type or shape is another
     */
    Feed feed(ShapedInput input, long[] sample, Samples samples) {
        if (!fits(samples.type(), input.type())) {
            throw wrong("input '%s' takes %s, the array holds %s; convert it first"
                    .formatted(input.name(), input.type(), samples.type()));
        }
        long[] given = samples.dims();
        boolean scalar = sample.length == 0 || (sample.length == 1 && sample[0] == 1);
        boolean same = Arrays.equals(sample, Arrays.copyOfRange(given, 1, given.length));
        if (!same && !(scalar && Shapes.elements(given) == given[0])) {
            throw wrong(
                    "input '%s' takes samples of shape %s, the array of shape %s holds %d of shape %s (axis 0 is the sample axis)"
                            .formatted(
                                    input.name(),
                                    Shapes.text(sample),
                                    Shapes.text(given),
                                    given[0],
                                    Shapes.text(Arrays.copyOfRange(given, 1, given.length))));
        }
        return new Feed.Real(real, samples.values(), Math.toIntExact(Shapes.elements(sample)));
    }

    /** Types may differ in width alone. */
    private static boolean fits(ElementType given, ElementType wanted) {
        boolean truth = given == ElementType.BOOL || wanted == ElementType.BOOL;
        return truth ? given == wanted : Feed.isReal(given) == Feed.isReal(wanted);
    }

    /** The photographs at an input's size; empty if there are none. */
    Optional<Pictures> pictures(ShapedInput input) {
        if (real.photographs().isPresent() && input.channels() != 1 && input.channels() != 3) {
            throw wrong("input '%s' takes images of %d channels, photographs have 1 or 3; give arrays"
                    .formatted(input.name(), input.channels()));
        }
        return real.photographs()
                .map(photographs -> new Photos(real, photographs, input.channels(), input.height(), input.width()));
    }

    private record Photos(RealInputs real, RealInputs.Photographs files, int channels, int height, int width)
            implements Pictures {
        @Override
        public float[] image(int index) {
            return files.read(real.position(index), channels, height, width);
        }
    }

    InputException wrong(String what) {
        return new InputException(InputException.Setting.REAL, real.source(), what);
    }
}
