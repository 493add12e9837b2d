package lathe.synth.input;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SpeechNoiseTest {

    private static final int RATE = 16_000;

    /**
     * Third octaves from 125 Hz and their levels in dB in the long-term average speech spectrum of both sexes and twelve
     * languages: Byrne et al., J. Acoust. Soc. Am. 96 (1994), 2108-2120.
     */
    private static final double[] BANDS = {
        125, 160, 200, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000, 2500, 3150, 4000, 5000, 6300
    };

    private static final double[] BYRNE = {
        57.7, 56.8, 60.2, 60.3, 59.0, 62.1, 62.1, 60.5, 56.8, 53.7, 53.0, 52.0, 48.7, 48.1, 46.8, 45.6, 44.5, 44.3
    };

    private static float[] sample(SpeechNoise noise, int index) {
        float[] sound = new float[noise.length()];
        noise.fillInto(index, sound, 0);
        return sound;
    }

    @Test
    void theSameEveryTimeAndWhereverItIsWritten() {
        SpeechNoise noise = new SpeechNoise(3, 4000, RATE, 1, -1, 1);
        float[] sound = sample(noise, 5);
        float[] again = new float[4001];
        noise.fillInto(5, again, 1);
        assertArrayEquals(sound, Arrays.copyOfRange(again, 1, 4001));
        assertFalse(Arrays.equals(sound, sample(noise, 9)), "another voice");
        assertFalse(Arrays.equals(sound, sample(new SpeechNoise(4, 4000, RATE, 1, -1, 1), 5)), "another seed");
    }

    @Test
    void stepsOfAVoiceFollowEachOther() {
        float[] whole = sample(new SpeechNoise(7, 4 * 576, RATE, 1, -1, 1), 2);
        SpeechNoise steps = new SpeechNoise(7, 576, RATE, 4, -1, 1);
        for (int step = 0; step < 4; step++) {
            assertArrayEquals(
                    Arrays.copyOfRange(whole, step * 576, (step + 1) * 576),
                    sample(steps, 2 * 4 + step),
                    "step " + step);
        }
    }

    @Test
    void voicesDifferInLoudnessWithinTheRange() {
        SpeechNoise noise = new SpeechNoise(0, RATE, RATE, 1, 100, 300);
        double[] peaks = new double[4];
        for (int voice = 0; voice < 4; voice++) {
            for (float value : sample(noise, voice)) {
                peaks[voice] = Math.max(peaks[voice], Math.abs(value - 200));
            }
        }
        assertTrue(peaks[0] <= 100 && peaks[0] > 30, Arrays.toString(peaks));
        for (int voice = 1; voice < 4; voice++) {
            assertTrue(peaks[voice] < peaks[voice - 1], Arrays.toString(peaks));
        }
        assertTrue(peaks[3] < 2, Arrays.toString(peaks));
    }

    @Test
    void speechPauses() {
        float[] sound = sample(new SpeechNoise(1, 4 * RATE, RATE, 1, -1, 1), 0);
        double[] levels = new double[sound.length / 320]; // 20 ms each
        for (int i = 0; i < levels.length * 320; i++) {
            levels[i / 320] += sound[i] * sound[i];
        }
        double loudest = Arrays.stream(levels).max().orElseThrow();
        double silent =
                Arrays.stream(levels).filter(level -> level < 1e-2 * loudest).count() / (double) levels.length;
        assertTrue(silent > 0.15 && silent < 0.7, "silent: " + silent);
    }

    @Test
    void theLongTermSpectrumIsNearThatOfSpeech() {
        SpeechNoise noise = new SpeechNoise(2, 2 * RATE, RATE, 1, -1, 1);
        double[] power = new double[BANDS.length];
        for (int voice = 0; voice < 48; voice += 4) {
            addBands(sample(noise, voice), power);
        }
        double[] level = Arrays.stream(power).map(p -> 10 * Math.log10(p)).toArray();
        double offset = Arrays.stream(level).average().orElseThrow()
                - Arrays.stream(BYRNE).average().orElseThrow();
        for (int band = 0; band < BANDS.length; band++) {
            assertEquals(BYRNE[band], level[band] - offset, 10, "third octave at " + BANDS[band] + " Hz");
        }
    }

    /** Adds the power of each band, of frames of 512 under a Hann window. */
    private static void addBands(float[] sound, double[] power) {
        int size = 512;
        for (int from = 0; from + size <= sound.length; from += 2 * size) {
            for (int bin = 2; bin < size / 2; bin++) {
                double real = 0;
                double imaginary = 0;
                for (int i = 0; i < size; i++) {
                    double window = 1 - Math.cos(2 * Math.PI * i / size);
                    real += window * sound[from + i] * Math.cos(2 * Math.PI * bin * i / size);
                    imaginary += window * sound[from + i] * Math.sin(2 * Math.PI * bin * i / size);
                }
                double hertz = bin * (double) RATE / size;
                for (int band = 0; band < BANDS.length; band++) {
                    double share = overlap(hertz, RATE / (double) size, BANDS[band]);
                    power[band] += share * (real * real + imaginary * imaginary);
                }
            }
        }
    }

    /** The part of a bin that lies in a third octave. */
    private static double overlap(double hertz, double width, double centre) {
        double third = Math.pow(2, 1.0 / 6);
        double low = Math.max(hertz - width / 2, centre / third);
        double high = Math.min(hertz + width / 2, centre * third);
        return Math.max(0, high - low) / width;
    }
}
