package lathe.synth.input;

import java.util.SplittableRandom;

/**
 * Noise that sounds and pauses, for inputs that are sound: bursts of pink or brown noise with soft edges, pauses near
 * silence between them. Samples take turns in loudness, 0 to -36 dB, and in colour. Pink noise is white noise through
 * Kellet's three-pole filter (musicdsp.org, "Pink noise filter", economy version), brown noise through one pole. A sample is
 * a function of seed and number alone. O(length). Immutable.
 *
 * @param seed of all samples
 * @param length numbers a sample
 * @param low lowest value
 * @param high highest value
 */
record AudioNoise(long seed, int length, float low, float high) {

    /** Largest amplitude of a sample, of the half range. */
    private static final double[] LOUDNESS = {0.9, 0.25, 0.06, 0.015};

    /** Of a pause, against the loudest burst. */
    private static final double PAUSE = 1e-3;

    private static final double SHARE_OF_PAUSES = 0.3;

    /** Writes sample {@code index} to {@code out} from {@code at} on. */
    void fillInto(int index, float[] out, int at) {
        SplittableRandom random = new SplittableRandom(new SplittableRandom(seed).nextLong() + index);
        random = new SplittableRandom(random.nextLong());
        double[] noise = new double[length];
        boolean brown = index / LOUDNESS.length % 2 == 1;
        colour(random, noise, brown);
        shape(random, noise);
        double largest = 0;
        for (double value : noise) {
            largest = Math.max(largest, Math.abs(value));
        }
        double amplitude = LOUDNESS[index % LOUDNESS.length] * (high - low) / 2 / Math.max(largest, 1e-30);
        for (int i = 0; i < length; i++) {
            out[at + i] = (float) ((low + high) / 2 + amplitude * noise[i]);
        }
    }

    private static void colour(SplittableRandom random, double[] noise, boolean brown) {
        double slow = 0;
        double middle = 0;
        double fast = 0;
        for (int i = 0; i < noise.length; i++) {
            double white = 2 * random.nextDouble() - 1;
            slow = (brown ? 0.98 : 0.99765) * slow + white * 0.0990460;
            middle = 0.96300 * middle + white * 0.2965164;
            fast = 0.57000 * fast + white * 1.0526913;
            noise[i] = brown ? slow : slow + middle + fast + white * 0.1848;
        }
    }

    /** Multiplies by bursts and pauses of 2 to 15 % of the length each, whose edges are a half cosine. */
    private void shape(SplittableRandom random, double[] noise) {
        double before = PAUSE;
        for (int from = 0; from < length; ) {
            int size = (int) Math.max(1, length * (0.02 + 0.13 * random.nextDouble()));
            double gain = random.nextDouble() < SHARE_OF_PAUSES ? PAUSE : 0.1 + 0.9 * random.nextDouble();
            int edge = Math.max(1, size / 4);
            for (int i = from; i < Math.min(length, from + size); i++) {
                double turn = Math.min(1, (double) (i - from) / edge);
                noise[i] *= before + (gain - before) * (1 - Math.cos(Math.PI * turn)) / 2;
            }
            before = gain;
            from += size;
        }
    }
}
