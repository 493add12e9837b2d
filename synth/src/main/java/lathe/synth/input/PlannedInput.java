package lathe.synth.input;

import java.util.stream.IntStream;
import lathe.synth.network.Tensor;

/**
 * One input of a plan.
 *
 * @param dims extent of each axis; axis 0 may be {@link Shapes#OPEN}, which stands for the batch
 * @param batching how samples fill the tensor
 * @param assumption what was assumed, in plain words, without the scaling of images
 */
record PlannedInput(String name, long[] dims, Batching batching, Feed feed, String assumption) {

    /** How samples fill a tensor. */
    enum Batching {
        /** Axis 0 is the batch: one sample an image. */
        SAMPLES,
        /** No batch axis: the tensor is one sample, another one for each batch. */
        WHOLE,
        /** No batch axis: the tensor is the same in every batch. */
        SAME
    }

    PlannedInput with(Feed other) {
        return new PlannedInput(name, dims, batching, other, assumption);
    }

    /** The same input, with something more said of it. */
    PlannedInput withNote(String note) {
        return new PlannedInput(name, dims, batching, feed, assumption + note);
    }

    /** The same input, fed something else for each run. */
    PlannedInput withState(Feed other, String words) {
        return new PlannedInput(name, dims, batching == Batching.SAME ? Batching.WHOLE : batching, other, words);
    }

    /** The same input, fed with sequences made before. */
    PlannedInput with(Feed.Sequences sequences, String words) {
        return new PlannedInput(name, dims, batching, sequences, words);
    }

    /** Numbers that one image takes. */
    long sampleElements() {
        long product = 1;
        for (int axis = batching == Batching.SAMPLES ? 1 : 0; axis < dims.length; axis++) {
            product = Math.multiplyExact(product, dims[axis]);
        }
        return product;
    }

    Tensor tensor(int first, int count) {
        int samples = batching == Batching.SAMPLES ? count : 1;
        long elements = Math.multiplyExact(sampleElements(), (long) samples);
        if (elements > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "input '%s': %d images of %s do not fit one array".formatted(name, samples, Shapes.text(dims)));
        }
        long[] extents = dims.clone();
        if (batching == Batching.SAMPLES) {
            extents[0] = count;
        }
        float[] values = new float[(int) elements];
        int size = (int) sampleElements();
        int start = first(first, count);
        IntStream.range(0, samples).parallel().forEach(i -> feed.fillInto(start + i, values, i * size));
        return Tensor.of(values, extents);
    }

    /** Number of the first sample that a batch takes: of inputs without a batch axis, synthetic ones are numbered by batch. */
    private int first(int firstImage, int count) {
        return switch (batching) {
            case SAMPLES -> firstImage;
            case WHOLE -> feed instanceof Feed.Real ? firstImage : firstImage / count;
            case SAME -> 0;
        };
    }

    /** Such as {@code input 'image': images of 3x224x224 (NCHW), ImageNet mean/std assumed; say ...}. */
    String describe() {
        return feed instanceof Feed.Images images
                ? "input '%s': %s, %s %s".formatted(name, assumption, images.scalingWords(), images.because())
                : "input '%s': %s".formatted(name, assumption);
    }
}
