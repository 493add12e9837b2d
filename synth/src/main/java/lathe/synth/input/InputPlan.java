package lathe.synth.input;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.synth.image.Pictures;
import lathe.synth.network.Tensor;

/**
 * What to feed every input of a network, decided from its graph and the options:
 *
 * <ul>
 *   <li>images, for inputs of four axes with up to 16 channels and at least 16 pixels, as N, C, H, W or N, H, W, C,
 *       unless the first layer multiplies them as matrices;
 *   <li>noise like speech, with pauses, at several loudnesses within -1 and 1, for sound: one long axis that the network
 *       cuts into frames, or that its name or an input with its rate say to be sound;
 *   <li>for states, inputs whose shape and name are those of an output such as {@code h} and {@code hn}: zeros, or
 *       {@linkplain #withStates what the network reaches};
 *   <li>correlated noise, mean 0 and deviation 1, for other inputs of floating type;
 *   <li>for indices, rows of the table that they index (of the smallest), as a {@link Vocabulary} has them; positions are
 *       counted, segments are zeros;
 *   <li>ones for masks and for a few numbers named as factors, such as {@code scales} or {@code speed}, the extent of the
 *       sequence for lengths, both values for truth values, the numbers that a lone
 *       number is compared with;
 *   <li>zeros, for lone numbers beside another input of which nothing of this is known.
 * </ul>
 *
 * <p>Axis 0 is the batch: where the file leaves it open, the caller chooses, whatever shape is given. Other
 * axes that the file leaves open follow the given shape, else the weights of the first layer, else: height and
 * width 224; with one of them fixed, the other equal, but a width of 20/3 times a fixed height below 128, rounded to a
 * multiple of 32 (lines of text, such as 48 x 320); volumes 32 along each axis; sequences 128, and sound 16,000, or what
 * the options say. Axes of one symbol have one extent; a batch that is not axis 0 is 1.
 *
 * <p>Picture values are scaled as the options say; else as the first nodes undo it, where the network normalises its
 * input itself; else, an assumption, by the mean and deviation of ImageNet for 3 channels and to mean 0 and deviation 1
 * for others.
 *
 * <p>Where the options give real inputs, these are fed instead.
 *
 * <p>Immutable. What an image is filled with is a function of seed, input and image number alone.
 */
public final class InputPlan implements Feeds {

    private static final String GUESSED =
            "inputs were guessed: no input surely takes images; give real ones for meaningful results";

    private final int count;
    private final OptionalInt batch;
    private final List<PlannedInput> inputs;
    private final Optional<RealInputs> real;
    private final Map<String, String> states;

    /** @param states the output that follows each state, by input */
    InputPlan(
            int count,
            OptionalInt batch,
            List<PlannedInput> inputs,
            Optional<RealInputs> real,
            Map<String, String> states) {
        this.count = count;
        this.batch = batch;
        this.inputs = List.copyOf(inputs);
        this.real = real;
        this.states = Map.copyOf(states);
    }

    /**
     * Plans the inputs of a graph that no initializer gives a default.
     *
     * @throws InputException if the options contradict the graph, or leave a shape unknown
     * @throws lathe.engine.graph.UnsupportedModelException if an input is no tensor of numbers
     */
    public static InputPlan of(Graph graph, InputOptions options) {
        return new InputPlanner(graph, options).plan();
    }

    /** How many samples a measurement takes, as the options say. */
    @Override
    public int count() {
        return count;
    }

    @Override
    public OptionalInt fixedBatch() {
        return batch;
    }

    /** Numbers that all inputs of one image take together, as a measure for the size of batches. */
    public long elementsPerImage() {
        return inputs.stream().mapToLong(PlannedInput::sampleElements).sum();
    }

    /** Extents of each input in a run of one image, or of the batch that the network takes. */
    public Map<String, long[]> extents() {
        Map<String, long[]> extents = new LinkedHashMap<>();
        for (PlannedInput input : inputs) {
            long[] dims = input.dims().clone();
            if (input.batching() == PlannedInput.Batching.SAMPLES) {
                dims[0] = batch.orElse(1);
            }
            extents.put(input.name(), dims);
        }
        return extents;
    }

    /**
     * What was assumed, one line per input, in plain words; before it what real inputs there are, or that there are
     * none.
     */
    @Override
    public List<String> assumptions() {
        List<String> lines = new ArrayList<>();
        real.ifPresent(given -> lines.add(given.words()));
        inputs.forEach(input -> lines.add(input.describe()));
        if (guessed() && inputs.stream().noneMatch(input -> input.feed() instanceof Feed.Sequences)) {
            lines.add(GUESSED);
        }
        return lines;
    }

    /**
     * True if what is fed has no known likeness to what the network is for: no input is sure to take images, and none is
     * real. Ranges of activations and agreement say little then.
     */
    public boolean guessed() {
        return !inputs.isEmpty() && real.isEmpty() && imageFeeds().noneMatch(Feed.Images::sure);
    }

    /** True if the scaling of images is a guess. */
    public boolean rangeGuessed() {
        return imageFeeds().anyMatch(image -> image.grounds() == Feed.Grounds.GUESSED);
    }

    /** What is fed in place of synthetic inputs. */
    public Optional<RealInputs> real() {
        return real;
    }

    /** The scalings that images with an assumed one get in turn; empty where the options or the first nodes settle it. */
    public List<Scaling> assumed() {
        return openImages().findFirst().map(Feed.Images::scalings).orElse(List.of());
    }

    /**
     * The scalings that the network may well have been trained with, the assumed ones first; empty where the options or
     * the first nodes settle it.
     */
    public List<Scaling> candidates() {
        List<Feed.Images> open = openImages().toList();
        if (open.isEmpty()) {
            return List.of();
        }
        return Stream.concat(
                        assumed().stream(),
                        Stream.of(
                                Scaling.IMAGENET,
                                Scaling.UNIT,
                                Scaling.SYMMETRIC,
                                Scaling.STANDARDISED,
                                Scaling.BYTES,
                                Scaling.CENTRED_BYTES))
                .distinct()
                .filter(scaling -> open.stream()
                        .allMatch(image -> scaling.fits(image.images().channels())))
                .toList();
    }

    /**
     * The same plan with another scaling of all images whose scaling was assumed, which no longer counts as a guess.
     *
     * @param why where the scaling comes from, for {@link #assumptions()}, such as {@code fits the first layer best}
     * @throws IllegalArgumentException if the scaling has another number of channels
     */
    public InputPlan withScaling(Scaling scaling, String why) {
        return withScalings(List.of(scaling), Feed.Grounds.MEASURED, why);
    }

    /**
     * The same plan with several scalings in turn for all images whose scaling was assumed, which stay guesses.
     *
     * @param why as for {@link #withScaling}
     * @throws IllegalArgumentException if a scaling has another number of channels, or there is none
     */
    public InputPlan withGuesses(List<Scaling> scalings, String why) {
        return withScalings(scalings, Feed.Grounds.GUESSED, why);
    }

    /** The same plan with the scalings of another plan of the network for all images whose scaling was assumed. */
    public InputPlan scaledAs(InputPlan other, String why) {
        return other.openImages()
                .findFirst()
                .map(image -> withScalings(image.scalings(), image.grounds(), why))
                .orElse(this);
    }

    private InputPlan withScalings(List<Scaling> scalings, Feed.Grounds grounds, String why) {
        if (scalings.isEmpty()) {
            throw new IllegalArgumentException("no scaling");
        }
        for (Scaling scaling : scalings) {
            openImages().map(Feed.Images::images).forEach(pictures -> {
                if (!scaling.fits(pictures.channels())) {
                    throw new IllegalArgumentException("scaling '%s' has %d channels, the pictures %d"
                            .formatted(scaling, scaling.gain().length, pictures.channels()));
                }
            });
        }
        UnaryOperator<PlannedInput> rescaled = input -> input.feed() instanceof Feed.Images open && open.open()
                ? input.with(open.with(scalings, grounds, why))
                : input;
        return new InputPlan(count, batch, inputs.stream().map(rescaled).toList(), real, states);
    }

    /**
     * The same plan with states as the network reaches them: it runs over the samples in order, each with the states that
     * it gave for the one before, from zeros anew after every {@value StateRun#STEPS}. The plan itself where the network
     * has no states, does not run, or takes several samples a run. Costs a run a sample.
     *
     * @param graph that the plan is for
     */
    public InputPlan withStates(Graph graph) {
        if (states.isEmpty() || batch.orElse(1) != 1) {
            return this;
        }
        Map<String, Feed> reached = StateRun.of(graph, this, states);
        UnaryOperator<PlannedInput> known = input ->
                reached.containsKey(input.name()) ? input.withState(reached.get(input.name()), StateRun.WORDS) : input;
        OptionalInt alone = reached.isEmpty() ? batch : OptionalInt.of(1);
        return new InputPlan(count, alone, inputs.stream().map(known).toList(), real, states);
    }

    /**
     * An input of token ids, drawn at random so far.
     *
     * @param name of the input
     * @param vocabulary number of ids
     * @param length ids of one sample
     */
    public record Tokens(String name, long vocabulary, int length) {}

    /** The inputs that take sequences of ids, one sequence a sample, and are fed random ones. */
    public List<Tokens> tokens() {
        return inputs.stream()
                .filter(input -> input.batching() == PlannedInput.Batching.SAMPLES && input.dims().length == 2)
                .filter(input -> input.feed() instanceof Feed.Words)
                .map(input -> {
                    Feed.Words words = (Feed.Words) input.feed();
                    return new Tokens(input.name(), words.rows(), words.count());
                })
                .toList();
    }

    /**
     * The same plan with other ids for one of {@link #tokens()}.
     *
     * @param sequences ids sample by sample; behind the last one comes the first again
     * @param words what they are, for {@link #assumptions()}
     * @throws IllegalArgumentException if there is none, or one has another length
     */
    public InputPlan withTokens(Tokens tokens, List<float[]> sequences, String words) {
        if (sequences.isEmpty() || sequences.stream().anyMatch(ids -> ids.length != tokens.length())) {
            throw new IllegalArgumentException("%d sequences for '%s', which takes %d ids each"
                    .formatted(sequences.size(), tokens.name(), tokens.length()));
        }
        UnaryOperator<PlannedInput> replaced =
                input -> input.name().equals(tokens.name()) ? input.with(new Feed.Sequences(sequences), words) : input;
        return new InputPlan(count, batch, inputs.stream().map(replaced).toList(), real, states);
    }

    /** The images that the first such input is fed, before they are scaled; empty if no input takes any. */
    public Optional<Pictures> pictures() {
        return imageFeeds().map(Feed.Images::images).findFirst();
    }

    /**
     * The input that images are fed to as floating numbers, one image a sample, so that a gradient can change them; empty if
     * there is none, or several take images.
     */
    public Optional<String> differentiable() {
        List<PlannedInput> found = inputs.stream()
                .filter(input -> input.feed() instanceof Feed.Images)
                .toList();
        return found.stream()
                .filter(input -> found.size() == 1 && input.batching() == PlannedInput.Batching.SAMPLES)
                .filter(input -> !((Feed.Images) input.feed()).whole() && real.isEmpty())
                .map(PlannedInput::name)
                .findFirst();
    }

    /**
     * The gradient with respect to an image of {@link #pictures()}, from that with respect to the numbers that are fed for it.
     *
     * @param image number of the image
     * @param gradient of a batch
     * @param position of the image in the batch
     * @return channels x height x width
     */
    public float[] imageGradient(int image, Tensor gradient, int position) {
        Feed.Images images = imageFeeds().findFirst().orElseThrow();
        return images.imageGradient(image, gradient.values(), position * (gradient.size() / (int) gradient.dims()[0]));
    }

    /** The same plan with other images of the same size for the inputs that are fed images. */
    public InputPlan withPictures(Pictures pictures) {
        return withImages(input -> input.with(((Feed.Images) input.feed()).with(pictures)));
    }

    /**
     * The same plan with something more said of its images.
     *
     * @param note for {@link #assumptions()}, such as {@code , refined by 50 steps}
     */
    public InputPlan withImageNote(String note) {
        return withImages(input -> input.withNote(note));
    }

    private InputPlan withImages(UnaryOperator<PlannedInput> change) {
        UnaryOperator<PlannedInput> changed =
                input -> input.feed() instanceof Feed.Images ? change.apply(input) : input;
        return new InputPlan(count, batch, inputs.stream().map(changed).toList(), real, states);
    }

    private Stream<Feed.Images> openImages() {
        return imageFeeds().filter(Feed.Images::open);
    }

    private Stream<Feed.Images> imageFeeds() {
        return inputs.stream()
                .map(PlannedInput::feed)
                .filter(Feed.Images.class::isInstance)
                .map(Feed.Images.class::cast);
    }

    /**
     * Makes the inputs of some images, on all cores; a few milliseconds of one for 3 x 224 x 224.
     *
     * @param firstImage number of the first image, from 0; numbers from {@link #count()} on are as good as others
     * @param count number of images
     * @throws IllegalArgumentException if the count is below 1 or not the fixed batch, or the batch does not fit an array
     */
    @Override
    public Map<String, Tensor> batch(int firstImage, int count) {
        if (count < 1 || (batch.isPresent() && batch.getAsInt() != count)) {
            throw new IllegalArgumentException("a batch of %d images: the network takes %s"
                    .formatted(count, batch.isPresent() ? batch.getAsInt() : "1 or more"));
        }
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        inputs.forEach(input -> tensors.put(input.name(), input.tensor(firstImage, count)));
        return Collections.unmodifiableMap(tensors);
    }
}
