package lathe.synth.input;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import lathe.synth.image.SyntheticImages;

/** Makes an {@link InputPlan}. Used once. */
final class InputPlanner {

    private static final double CORRELATION = 0.8;
    private static final String SAY_RANGE =
            "assumed; say --input-range or --mean/--std if the network expects other values";

    private final Graph graph;
    private final InputOptions options;
    private final List<Value> inputs;
    private final List<ShapedInput> shaped = new ArrayList<>();

    InputPlanner(Graph graph, InputOptions options) {
        this.graph = graph;
        this.options = options;
        this.inputs = graph.requiredInputs();
    }

    InputPlan plan() {
        Map<String, long[]> given = Shapes.assign(options.shapes(), inputs);
        OpenAxes openAxes = new OpenAxes(inputs, given);
        for (Value input : inputs) {
            checkType(input);
            shaped.add(ShapedInput.of(graph, input, Optional.ofNullable(given.get(input.name())), openAxes));
        }
        checkMean();
        Optional<ShapedInput> main = mainInput();
        OptionalInt batch = main.isPresent() ? main.get().fixedBatch() : OptionalInt.of(1);
        List<PlannedInput> planned = new ArrayList<>();
        for (int i = 0; i < shaped.size(); i++) {
            planned.add(planned(i, batch, main.equals(Optional.of(shaped.get(i)))));
        }
        return new InputPlan(options.images(), batch, planned);
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
        return shaped.stream()
                .filter(ShapedInput::image)
                .findFirst()
                .or(() -> shaped.stream()
                        .filter(input -> input.noise() && !input.lone())
                        .findFirst())
                .or(() -> shaped.stream().filter(ShapedInput::noise).findFirst())
                .or(() -> shaped.stream().findFirst());
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
        Feed feed;
        String what;
        if (input.image()) {
            feed = images(input, seed);
            what = "images of %s, %s"
                    .formatted(
                            Shapes.text(input.channels(), input.height(), input.width()),
                            input.channelsLast() ? "NHWC" : "NCHW");
        } else if (input.noise() && (main || !input.lone())) {
            CorrelatedNoise noise = noise(input, seed, batching);
            feed = new Feed.Noise(noise);
            what = "no image, %s noise of %s, mean %s, deviation %s"
                    .formatted(
                            noise.correlation() > 0 ? "correlated" : "white",
                            Shapes.text(noise.dims()),
                            Scaling.plain(noise.mean()),
                            Scaling.plain(noise.deviation()));
        } else {
            feed = new Feed.Zeros();
            what = "%s side input, zeros".formatted(input.type());
        }
        return new PlannedInput(input.name(), input.type(), input.dims(), batching, feed, what + input.note());
    }

    private CorrelatedNoise noise(ShapedInput input, long seed, PlannedInput.Batching batching) {
        long[] dims = input.dims();
        int from = batching == PlannedInput.Batching.SAMPLES ? 1 : 0;
        float[] range = options.inputRange().orElse(new float[] {-2, 2});
        return new CorrelatedNoise(
                seed,
                Arrays.copyOfRange(dims, from, dims.length),
                options.kind() == SynthKind.IMAGES ? CORRELATION : 0,
                (range[0] + range[1]) / 2,
                (range[1] - range[0]) / 4);
    }

    private Feed.Images images(ShapedInput input, long seed) {
        SyntheticImages images = options.kind() == SynthKind.IMAGES
                ? SyntheticImages.of(seed, input.channels(), input.height(), input.width())
                : SyntheticImages.noise(seed, input.channels(), input.height(), input.width());
        if (input.type() == ElementType.UINT8) {
            return new Feed.Images(
                    images, input.channelsLast(), Scaling.BYTES, false, "because its type is UINT8", true);
        }
        Optional<Scaling> given = options.scaling().filter(scaling -> scaling.fits(input.channels()));
        if (given.isPresent()) {
            return new Feed.Images(
                    images, input.channelsLast(), given.get(), false, "(--input-range, --mean/--std)", false);
        }
        Optional<Scaling> own = input.ownNormalisation();
        if (own.isPresent()) {
            String because = "because the network normalises its input itself";
            return new Feed.Images(images, input.channelsLast(), own.get(), false, because, false);
        }
        Scaling usual = input.channels() == 3 ? Scaling.IMAGENET : Scaling.STANDARDISED;
        return new Feed.Images(images, input.channelsLast(), usual, true, SAY_RANGE, false);
    }

    private void checkMean() {
        if (options.mean().isEmpty()) {
            return;
        }
        List<ShapedInput> images = shaped.stream().filter(ShapedInput::image).toList();
        if (images.isEmpty()) {
            throw new IllegalArgumentException("--mean/--std: the model has no image input; leave them out");
        }
        if (images.stream().noneMatch(input -> options.scaling().get().fits(input.channels()))) {
            throw new IllegalArgumentException(
                    "--mean/--std: %d numbers, but input '%s' has %d channels; give %d, or one"
                            .formatted(
                                    options.mean().get().length,
                                    images.get(0).name(),
                                    images.get(0).channels(),
                                    images.get(0).channels()));
        }
    }
}
