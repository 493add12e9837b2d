package lathe.cli.models;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import lathe.cli.shell.CommandException;
import lathe.engine.graph.Value;
import lathe.synth.input.Scaling;
import lathe.synth.network.Tensor;

/**
 * How images go into a network: where the axes are, how many pixels, and what number a pixel becomes.
 *
 * @param name the input
 * @param channelsFirst true for samples x channels x height x width, false for channels last
 * @param channels 1 or 3
 * @param height pixels down
 * @param width pixels across
 * @param batch samples a run; empty where the network takes any number
 * @param scaling what number a pixel becomes
 */
public record ImageInput(
        String name,
        boolean channelsFirst,
        int channels,
        int height,
        int width,
        Optional<Integer> batch,
        Scaling scaling) {

    private static final int DEFAULT_SIDE = 224;
    private static final float WHITE = 255f;

    /**
     * Reads the axes off a network's input.
     *
     * @param shape stands in for what the network leaves open
     * @param size stands in for a dynamic height and width: first across, then down
     */
    public static ImageInput of(Value input, Optional<long[]> shape, Optional<int[]> size, Scaling scaling) {
        List<Long> dims = shape.map(ImageInput::list).orElseGet(() -> declared(input));
        boolean first = dims.size() == 4 && isColour(dims.get(1));
        boolean last = dims.size() == 4 && isColour(dims.get(3));
        if (!first && !last) {
            throw CommandException.badInput(
                    "input '%s' of shape %s takes no images; if its axes are dynamic, give --input-shape, such as 1,3,224,224"
                            .formatted(input.name(), dims));
        }
        int height = extent(dims.get(first ? 2 : 1), size.map(wh -> wh[1]));
        int width = extent(dims.get(first ? 3 : 2), size.map(wh -> wh[0]));
        int channels = Math.toIntExact(dims.get(first ? 1 : 3));
        Optional<Integer> batch =
                dims.get(0) > 0 && shape.isEmpty() ? Optional.of(Math.toIntExact(dims.get(0))) : Optional.empty();
        if (!scaling.fits(channels)) {
            throw CommandException.badInput(
                    "--mean and --std have %d numbers, but input '%s' takes images of %d channels"
                            .formatted(scaling.gain().length, input.name(), channels));
        }
        return new ImageInput(input.name(), first, channels, height, width, batch, scaling);
    }

    private static List<Long> list(long[] dims) {
        return Arrays.stream(dims).boxed().toList();
    }

    private static List<Long> declared(Value input) {
        return input.dims()
                .map(dims -> dims.stream().map(dim -> dim.extent().orElse(-1)).toList())
                .orElse(List.of());
    }

    private static boolean isColour(long extent) {
        return extent == 1 || extent == 3;
    }

    private static int extent(long declared, Optional<Integer> fallback) {
        return declared > 0 ? Math.toIntExact(declared) : fallback.orElse(DEFAULT_SIDE);
    }

    /**
     * Images as one tensor; a network that takes a fixed number of samples gets the last one repeated.
     *
     * @param pictures of this input's size and channels, at least one
     */
    public Tensor tensor(List<PixelPlanes> pictures) {
        int samples = batch.orElse(pictures.size());
        int pixels = height * width;
        float[] values = new float[samples * channels * pixels];
        for (int sample = 0; sample < samples; sample++) {
            float[][] planes =
                    pictures.get(Math.min(sample, pictures.size() - 1)).planes();
            int start = sample * channels * pixels;
            for (int c = 0; c < channels; c++) {
                for (int i = 0; i < pixels; i++) {
                    int at = channelsFirst ? start + c * pixels + i : start + i * channels + c;
                    values[at] = scaling.apply(planes[c][i] / WHITE, c);
                }
            }
        }
        return channelsFirst
                ? Tensor.of(values, samples, channels, height, width)
                : Tensor.of(values, samples, height, width, channels);
    }
}
