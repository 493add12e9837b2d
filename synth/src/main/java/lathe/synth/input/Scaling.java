package lathe.synth.input;

/**
 * How image values in [0, 1] become what a network expects: per channel {@code gain * x + offset}. The arrays are not
 * copied and must not change.
 *
 * @param name in plain words, such as {@code ImageNet mean/std}
 * @param gain one value for all channels, or one per channel
 * @param offset as many
 */
public record Scaling(String name, float[] gain, float[] offset) {

    /** Mean of all structured images together, about. */
    static final double IMAGE_MEAN = 0.5;

    /** Deviation of all structured images together, about. */
    static final double IMAGE_DEVIATION = 0.25;

    private static final float[] IMAGENET_MEAN = {0.485f, 0.456f, 0.406f};
    private static final float[] IMAGENET_DEVIATION = {0.229f, 0.224f, 0.225f};

    /** Unchanged: [0, 1]. */
    public static final Scaling UNIT = range(0, 1);

    /** [-1, 1]. */
    public static final Scaling SYMMETRIC = range(-1, 1);

    /** Bytes: [0, 255]. */
    public static final Scaling BYTES = range(0, 255);

    /** Bytes less their middle: [-127.5, 127.5]; near enough to bytes less a mean per channel. */
    public static final Scaling CENTRED_BYTES = range(-127.5f, 127.5f);

    /** Three channels, as most ImageNet networks take them. */
    public static final Scaling IMAGENET =
            new Scaling("ImageNet mean/std", normalising(IMAGENET_MEAN, IMAGENET_DEVIATION, 1));

    /** Normalized by mean 0.5 and deviation 0.25 of the images. */
    public static final Scaling STANDARDISED = new Scaling("mean 0, deviation 1", new float[] {4}, new float[] {-2});

    public Scaling {
        if (gain.length != offset.length || gain.length == 0) {
            throw new IllegalArgumentException(
                    "scaling with %d gains, %d offsets".formatted(gain.length, offset.length));
        }
    }

    private Scaling(String name, float[][] gainAndOffset) {
        this(name, gainAndOffset[0], gainAndOffset[1]);
    }

    /** From {@code low} for black to {@code high} for white. */
    public static Scaling range(float low, float high) {
        return new Scaling(
                "range %s to %s".formatted(plain(low), plain(high)), new float[] {high - low}, new float[] {low});
    }

    /**
     * {@code (x - mean) / std} per channel. Where any number is above 1, x is taken in 0..255, else in 0..1, so that
     * both common ways to write the same normalisation work.
     */
    public static Scaling meanStd(float[] mean, float[] std) {
        boolean bytes = largest(mean) > 1 || largest(std) > 1;
        return new Scaling(
                "mean/std as given, for pixels 0..%d".formatted(bytes ? 255 : 1),
                normalising(mean, std, bytes ? 255 : 1));
    }

    /** Gives the images the mean and the deviation that a network says its input has, one value per channel. */
    static Scaling moments(double[] mean, double[] deviation) {
        float[] gain = new float[mean.length];
        float[] offset = new float[mean.length];
        for (int channel = 0; channel < mean.length; channel++) {
            gain[channel] = (float) (deviation[channel] / IMAGE_DEVIATION);
            offset[channel] = (float) (mean[channel] - IMAGE_MEAN * deviation[channel] / IMAGE_DEVIATION);
        }
        return new Scaling("the mean and deviation of its first BatchNormalization", gain, offset);
    }

    private static float[][] normalising(float[] mean, float[] std, float white) {
        if (mean.length != std.length) {
            throw new IllegalArgumentException("mean of %d channels, std of %d".formatted(mean.length, std.length));
        }
        float[][] scaling = new float[2][mean.length];
        for (int channel = 0; channel < mean.length; channel++) {
            scaling[0][channel] = white / std[channel];
            scaling[1][channel] = -mean[channel] / std[channel];
        }
        return scaling;
    }

    private static float largest(float[] values) {
        float largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    /** The number without a fraction where it has none. */
    static String plain(float value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Float.toString(value);
    }

    /** True if the scaling can be used for images of this many channels. */
    public boolean fits(int channels) {
        return gain.length == 1 || gain.length == channels;
    }

    /** The value fed for image value {@code x} in [0, 1] of a channel. */
    public float apply(float x, int channel) {
        return gain(channel) * x + offset[gain.length == 1 ? 0 : channel];
    }

    /** By how much the value fed for a channel changes with the image value. */
    float gain(int channel) {
        return gain[gain.length == 1 ? 0 : channel];
    }

    @Override
    public String toString() {
        return name;
    }
}
