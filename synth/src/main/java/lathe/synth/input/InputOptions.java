package lathe.synth.input;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.synth.input.InputException.Setting;

/**
 * How inputs are made.
 *
 * @param seed the same seed gives the same inputs
 * @param images how many images a measurement takes
 * @param inputRange value of black and value of white
 * @param mean per channel or one for all, of pixels in 0..1 or 0..255
 * @param std as {@code mean}
 * @param shapes extents by input name, {@code -1} for one left open; the empty name stands for the only input
 * @param length of sequences and sound that neither the file nor {@code shapes} state, see {@link RunnableLength}; empty for
 *     128, or a second of sound
 * @param kind of synthetic inputs
 * @param refineSteps of images that are refined
 * @param real what is fed in place of synthetic inputs; {@code seed}, {@code images}, {@code kind} and
 *     {@code refineSteps} say nothing then
 */
public record InputOptions(
        long seed,
        int images,
        Optional<float[]> inputRange,
        Optional<float[]> mean,
        Optional<float[]> std,
        Map<String, long[]> shapes,
        Optional<FoundLength> length,
        SynthKind kind,
        int refineSteps,
        Optional<RealInputs> real) {

    /** 64 structured images, seed 0, the value range guessed. */
    public static final InputOptions DEFAULT = new InputOptions(
            0,
            64,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Map.of(),
            Optional.empty(),
            SynthKind.IMAGES,
            50,
            Optional.empty());

    public InputOptions {
        if (images < 1) {
            throw new IllegalArgumentException("%d images: at least 1 is needed".formatted(images));
        }
        if (refineSteps < 1) {
            throw new IllegalArgumentException("%d steps: at least 1 is needed".formatted(refineSteps));
        }
        inputRange.ifPresent(range -> {
            if (range.length != 2 || !(range[0] < range[1]) || !allFinite(range)) {
                throw new InputException(Setting.RANGE, "give two numbers, the lower one first, such as 0,255");
            }
        });
        if (inputRange.isPresent() && (mean.isPresent() || std.isPresent())) {
            throw new InputException(Setting.SCALING, "these exclude each other; give one of the two");
        }
        if (mean.isPresent() != std.isPresent()) {
            throw new InputException(Setting.MEAN_STD, "these go together; give both");
        }
        if (mean.isPresent()) {
            check(mean.get(), std.get());
        }
        shapes = Map.copyOf(shapes);
    }

    private static void check(float[] mean, float[] std) {
        if (mean.length != std.length || mean.length == 0) {
            throw new InputException(
                    Setting.MEAN_STD,
                    "%d numbers and %d: give one per channel, or one, in both".formatted(mean.length, std.length));
        }
        if (!allFinite(mean) || !allFinite(std)) {
            throw new InputException(Setting.MEAN_STD, "give finite numbers");
        }
        for (float deviation : std) {
            if (!(deviation > 0)) {
                throw new InputException(Setting.MEAN_STD, "std %s is not above 0".formatted(deviation));
            }
        }
    }

    private static boolean allFinite(float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }

    /** The scaling that the options ask for, if they do. */
    public Optional<Scaling> scaling() {
        return inputRange
                .map(range -> Scaling.range(range[0], range[1]))
                .or(() -> mean.map(offsets -> Scaling.meanStd(offsets, std.orElseThrow())));
    }

    /**
     * True if values of a network are what they are in use: its inputs are real, or its values are brought to statistics of
     * training. Otherwise synthetic inputs may hide what late layers do.
     */
    public boolean isTrusted(Graph graph) {
        return real.isPresent() || !graph.statistics().isEmpty();
    }

    /**
     * True if layers may be fitted to the inputs one after the other, each to make up for those before it: they are real, or images
     * refined until a network sees in them the statistics of its training. Of others, errors of the inputs add up on the way.
     */
    public boolean isLikeReal(Graph graph) {
        return real.isPresent()
                || (kind == SynthKind.REFINED && !graph.statistics().isEmpty());
    }

    public InputOptions withSeed(long newSeed) {
        return new InputOptions(newSeed, images, inputRange, mean, std, shapes, length, kind, refineSteps, real);
    }

    public InputOptions withImages(int newImages) {
        return new InputOptions(seed, newImages, inputRange, mean, std, shapes, length, kind, refineSteps, real);
    }

    public InputOptions withKind(SynthKind newKind) {
        return new InputOptions(seed, images, inputRange, mean, std, shapes, length, newKind, refineSteps, real);
    }

    /** The same with this many steps for images that are refined. */
    public InputOptions withRefineSteps(int steps) {
        return new InputOptions(seed, images, inputRange, mean, std, shapes, length, kind, steps, real);
    }

    /** The same with what a user has in place of synthetic inputs. */
    public InputOptions withReal(Optional<RealInputs> newReal) {
        return new InputOptions(seed, images, inputRange, mean, std, shapes, length, kind, refineSteps, newReal);
    }

    /** The same for a check: real inputs are those that were held out of the measurement; others have a seed for that. */
    public InputOptions forChecks() {
        return withReal(real.map(RealInputs::forChecks));
    }

    /** The same with another length where none is stated. */
    public InputOptions withLength(FoundLength newLength) {
        return new InputOptions(
                seed, images, inputRange, mean, std, shapes, Optional.of(newLength), kind, refineSteps, real);
    }

    /** The values of black and white. */
    public InputOptions withInputRange(float low, float high) {
        return new InputOptions(
                seed, images, Optional.of(new float[] {low, high}), mean, std, shapes, length, kind, refineSteps, real);
    }

    /** Per channel or one for all, of pixels in 0..1 or, where a number is above 1, in 0..255. */
    public InputOptions withMeanStd(float[] newMean, float[] newStd) {
        return new InputOptions(
                seed,
                images,
                inputRange,
                Optional.of(newMean),
                Optional.of(newStd),
                shapes,
                length,
                kind,
                refineSteps,
                real);
    }

    /**
     * Shapes in words: {@code 1,3,224,224} for a model of one input, {@code name:1,3,224,224}
     * for one of several; {@code ?} leaves an extent open.
     *
     * @throws InputException if one is not of this form
     */
    public InputOptions withShapes(List<String> texts) {
        Map<String, long[]> parsed = new LinkedHashMap<>(shapes);
        for (String text : texts) {
            Map.Entry<String, long[]> shape = Shapes.parse(text);
            parsed.put(shape.getKey(), shape.getValue());
        }
        return new InputOptions(seed, images, inputRange, mean, std, parsed, length, kind, refineSteps, real);
    }
}
