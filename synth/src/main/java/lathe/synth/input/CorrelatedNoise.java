package lathe.synth.input;

import java.util.SplittableRandom;

/**
 * Noise for inputs that are no images: one mean and deviation everywhere, neighbours along each axis correlated (a
 * first-order autoregression along every axis in turn), or white. A sample is a function of seed and number alone.
 * O(elements * axes). Immutable.
 *
 * @param seed of all samples
 * @param dims extent of each axis of one sample
 * @param correlation of neighbours, 0 for white noise
 * @param mean of every element
 * @param deviation of every element
 */
record CorrelatedNoise(long seed, long[] dims, double correlation, float mean, float deviation) {

    /** Writes sample {@code index} to {@code out} from {@code at} on. */
    void fillInto(int index, float[] out, int at) {
        int count = Math.toIntExact(Shapes.elements(dims));
        SplittableRandom random = new SplittableRandom(new SplittableRandom(seed).nextLong() + index);
        random = new SplittableRandom(random.nextLong());
        for (int i = 0; i < count; i++) {
            out[at + i] = (float) normal(random);
        }
        int stride = count;
        for (long dim : dims) {
            int block = stride;
            stride /= Math.toIntExact(dim);
            if (correlation > 0) {
                correlate(out, at, count, block, stride);
            }
        }
        for (int i = at; i < at + count; i++) {
            out[i] = mean + deviation * out[i];
        }
    }

    /** Runs the autoregression along one axis; an element depends on the one {@code stride} before it in its block. */
    private void correlate(float[] out, int at, int count, int block, int stride) {
        float keep = (float) correlation;
        float fresh = (float) Math.sqrt(1 - correlation * correlation);
        for (int start = at; start < at + count; start += block) {
            for (int i = start + stride; i < start + block; i++) {
                out[i] = keep * out[i - stride] + fresh * out[i];
            }
        }
    }

    /** Box and Muller's transform, one half of it. */
    private static double normal(SplittableRandom random) {
        double u = 1 - (random.nextLong() >>> 11) * 0x1p-53;
        double v = (random.nextLong() >>> 11) * 0x1p-53;
        return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
    }
}
