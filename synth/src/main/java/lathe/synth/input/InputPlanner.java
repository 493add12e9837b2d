package lathe.synth.input;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import lathe.synth.image.Pictures;
import lathe.synth.image.SyntheticImages;
import lathe.synth.input.InputException.Setting;

/** Makes an {@link InputPlan}. Used once. */
final class InputPlanner {

    private static final double CORRELATION = 0.8;
    private static final String SAY_RANGE =
            "assumed; give mean and std, or the input range, if the network expects other values";

    private final Graph graph;
    private final InputOptions options;
    private final List<Value> inputs;
    private final List<ShapedInput> shaped = new ArrayList<>();
    private final Optional<RealFeeds> real;
    private final Map<String, String> states;
    private final Set<String> caches;
    private final OpenAxes openAxes;
    private final Map<String, long[]> given;

    InputPlanner(Graph graph, InputOptions options) {
        this.graph = graph;
        this.options = options;
        this.inputs = graph.requiredInputs();
        this.real = options.real().map(samples -> new RealFeeds(samples, inputs));
        this.caches = real.isPresent() ? Set.of() : CacheInputs.of(graph);
        this.states = new HashMap<>(real.isPresent() ? Map.of() : StateInputs.of(graph));
        states.keySet().removeAll(caches);
        this.given = new HashMap<>(Shapes.assign(options.shapes(), inputs));
        inputs.forEach(input ->
                array(input).ifPresent(samples -> given.put(input.name(), RealFeeds.extents(input, samples))));
        this.openAxes = new OpenAxes(inputs, given, options.length());
    }

    /** What was taken for axes that the file leaves open, once there is a plan. */
    OpenAxes openAxes() {
        return openAxes;
    }

    InputPlan plan() {
        for (Value input : inputs) {
            checkType(input);
            shaped.add(ShapedInput.of(
                    graph,
                    input,
                    Optional.ofNullable(given.get(input.name())),
                    openAxes,
                    states.containsKey(input.name()),
                    caches.contains(input.name())));
        }
        checkMean();
        checkPhotographs();
        Optional<ShapedInput> main = mainInput();
        OptionalInt batch = main.isPresent() ? main.get().fixedBatch() : OptionalInt.of(1);
        List<PlannedInput> planned = new ArrayList<>();
        for (int i = 0; i < shaped.size(); i++) {
            planned.add(planned(i, batch, main.equals(Optional.of(shaped.get(i)))));
        }
        // What belongs to a whole batch and differs between samples leaves room for one sample a batch.
        boolean alone = shaped.stream().anyMatch(ShapedInput::batchInside)
                || planned.stream()
                        .anyMatch(input -> input.batching() == PlannedInput.Batching.WHOLE
                                && input.feed().varies());
        return new InputPlan(
                options.real().map(RealInputs::count).orElse(options.images()),
                alone && batch.isEmpty() ? OptionalInt.of(1) : batch,
                planned,
                options.real(),
                states);
    }

    private Optional<RealInputs.Samples> array(Value input) {
        return real.flatMap(given -> given.arrayFor(input, InputPlanner::mayTakePictures));
    }

    private static boolean mayTakePictures(Value input) {
        return input.dims().filter(dims -> dims.size() == 4).isPresent();
    }

    private static void checkType(Value input) {
        switch (input.type()) {
            case UNKNOWN, STRING, COMPLEX64, COMPLEX128 ->
                throw new UnsupportedModelException(
                        "input '%s' is of type %s: only tensors of real numbers, whole numbers and truth values can be made"
                                .formatted(input.name(), input.type()));
            default -> {}
        }
    }

    /** The input that says what a batch is: the first with images, else with noise, else the first. */
    private Optional<ShapedInput> mainInput() {
        SideFeeds side = new SideFeeds(graph, shaped);
        return shaped.stream()
                .filter(ShapedInput::image)
                .findFirst()
                .or(() -> shaped.stream()
                        .filter(input -> input.noise() && !input.lone() && !side.isFactor(input))
                        .findFirst())
                .or(() -> shaped.stream()
                        .filter(input -> input.noise() && !side.isFactor(input))
                        .findFirst())
                .or(() -> shaped.stream().filter(input -> !input.cache()).findFirst());
    }

    private static PlannedInput.Batching batching(ShapedInput input, OptionalInt batch, boolean main) {
        long[] dims = input.dims();
        if (dims.length >= 1 && dims[0] == Shapes.OPEN) {
            return PlannedInput.Batching.SAMPLES;
        }
        if (dims.length >= 2 && batch.isPresent() && dims[0] == batch.getAsInt()) {
            return PlannedInput.Batching.SAMPLES;
        }
        return main ? PlannedInput.Batching.WHOLE : PlannedInput.Batching.SAME;
    }

    private PlannedInput planned(int position, OptionalInt batch, boolean main) {
        ShapedInput input = shaped.get(position);
        PlannedInput.Batching batching = batching(input, batch, main);
        // The first input takes the seed as it is.
        long seed = options.seed() + position * 0x9e3779b97f4a7c15L;
        long[] dims = input.dims();
        long[] sample = batching == PlannedInput.Batching.SAMPLES ? Arrays.copyOfRange(dims, 1, dims.length) : dims;
        Optional<RealInputs.Samples> array = array(inputs.get(position));
        SideFeeds.Described chosen = array.isPresent()
                ? new SideFeeds.Described(
                        real.orElseThrow().feed(input, sample, array.get()),
                        "the array's samples of %s".formatted(Shapes.text(sample)))
                : synthetic(input, sample, seed, main);
        boolean alike = batching == PlannedInput.Batching.SAME && !chosen.feed().varies();
        return new PlannedInput(
                input.name(),
                dims,
                batching == PlannedInput.Batching.SAME && !alike ? PlannedInput.Batching.WHOLE : batching,
                chosen.feed(),
                chosen.words() + input.note());
    }

    private SideFeeds.Described synthetic(ShapedInput input, long[] sample, long seed, boolean main) {
        SideFeeds side = new SideFeeds(graph, shaped);
        if (input.image()) {
            String what = "%s of %s, %s"
                    .formatted(
                            real.isPresent() ? "photographs" : "images",
                            Shapes.text(input.channels(), input.height(), input.width()),
                            input.channelsLast() ? "NHWC" : "NCHW");
            return new SideFeeds.Described(images(input, seed), what);
        }
        if (input.state()) {
            int count = Math.toIntExact(Shapes.elements(sample));
            Feed start = new Feed.State(new float[count], count);
            return new SideFeeds.Described(start, "state, zeros as at the start");
        }
        if (input.cache()) {
            int count = Math.toIntExact(Shapes.elements(sample));
            return new SideFeeds.Described(
                    new Feed.Constant(count, 0), count == 0 ? "cache, empty as at the start" : "cache, zeros");
        }
        boolean quantity = input.noise() && (main || !(input.lone() || side.isMask(input) || side.isFactor(input)));
        if (!quantity) {
            return side.of(input, sample, seed);
        }
        if (input.waveform() && options.kind().structured()) {
            float[] range = options.inputRange().orElse(new float[] {-1, 1});
            int length = Math.toIntExact(Shapes.elements(sample));
            int steps = states.isEmpty() ? 1 : StateRun.STEPS;
            SpeechNoise audio = new SpeechNoise(seed, length, SideFeeds.RATE, steps, range[0], range[1]);
            String what = "audio, noise like speech with pauses at several loudnesses, %s values between %s and %s"
                    .formatted(length, Scaling.plain(range[0]), Scaling.plain(range[1]));
            return new SideFeeds.Described(new Feed.Audio(audio), what);
        }
        CorrelatedNoise noise = noise(sample, seed);
        String what = "no image, %s noise of %s, mean %s, deviation %s"
                .formatted(
                        noise.correlation() > 0 ? "correlated" : "white",
                        Shapes.text(noise.dims()),
                        Scaling.plain(noise.mean()),
                        Scaling.plain(noise.deviation()));
        return new SideFeeds.Described(new Feed.Noise(noise), what);
    }

    private CorrelatedNoise noise(long[] sample, long seed) {
        float[] range = options.inputRange().orElse(new float[] {-2, 2});
        return new CorrelatedNoise(
                seed,
                sample,
                options.kind().structured() ? CORRELATION : 0,
                (range[0] + range[1]) / 2,
                (range[1] - range[0]) / 4);
    }

    private Feed.Images images(ShapedInput input, long seed) {
        Pictures images = real.flatMap(photographs -> photographs.pictures(input))
                .orElseGet(() -> options.kind().structured()
                        ? SyntheticImages.of(seed, input.channels(), input.height(), input.width())
                        : SyntheticImages.noise(seed, input.channels(), input.height(), input.width()));
        if (input.type() == ElementType.UINT8) {
            return known(images, input, Scaling.BYTES, "because its type is UINT8", true);
        }
        Optional<Scaling> given = options.scaling().filter(scaling -> scaling.fits(input.channels()));
        if (given.isPresent()) {
            return known(images, input, given.get(), "as the options say", false);
        }
        Optional<Scaling> own = input.ownNormalisation();
        if (own.isPresent()) {
            return known(images, input, own.get(), "because the network normalises its input itself", false);
        }
        if (real.isPresent()) {
            throw new InputException(Setting.SCALING, "the normalization of pixels is unknown; give one of the two");
        }
        Scaling usual = input.channels() == 3 ? Scaling.IMAGENET : Scaling.STANDARDISED;
        return new Feed.Images(images, input.channelsLast(), List.of(usual), Feed.Grounds.GUESSED, SAY_RANGE, false);
    }

    private static Feed.Images known(
            Pictures images, ShapedInput input, Scaling scaling, String because, boolean whole) {
        return new Feed.Images(images, input.channelsLast(), List.of(scaling), Feed.Grounds.KNOWN, because, whole);
    }

    private void checkPhotographs() {
        boolean photographs = options.real().flatMap(RealInputs::photographs).isPresent();
        if (photographs && shaped.stream().noneMatch(ShapedInput::image)) {
            throw real.orElseThrow().wrong("a folder of images, but no input takes images; give arrays (.npz)");
        }
    }

    private void checkMean() {
        if (options.mean().isEmpty()) {
            return;
        }
        List<ShapedInput> images = shaped.stream().filter(ShapedInput::image).toList();
        if (images.isEmpty()) {
            throw new InputException(Setting.MEAN_STD, "the model has no image input; leave them out");
        }
        if (images.stream().noneMatch(input -> options.scaling().get().fits(input.channels()))) {
            throw new InputException(
                    Setting.MEAN_STD,
                    "%d numbers, but input '%s' has %d channels; give %d, or one"
                            .formatted(
                                    options.mean().get().length,
                                    images.get(0).name(),
                                    images.get(0).channels(),
                                    images.get(0).channels()));
        }
    }
}
