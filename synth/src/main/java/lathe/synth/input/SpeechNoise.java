package lathe.synth.input;

import java.util.SplittableRandom;

/**
 * Sound like speech without words, for inputs that are sound: a formant synthesizer, as Klatt's (Software for a
 * cascade/parallel formant synthesizer, J. Acoust. Soc. Am. 67, 1980), that talks at random. Syllables of a consonant (a
 * silent closure, noise like that of fricatives, or a closure and a burst) and a vowel, 3 to 8 a second, with pauses between
 * some; vowels are pulses of air (Rosenberg, J. Acoust. Soc. Am. 49, 1971) of gliding pitch through four resonances that
 * glide between the vowels of Peterson and Barney (J. Acoust. Soc. Am. 24, 1952). Behind all is pink noise, 10 to 60 dB
 * below the speech. Its long-term spectrum is near that of real speech (Byrne et al., J. Acoust. Soc. Am. 96, 1994).
 *
 * <p>Voices differ in pitch, in the length of the vocal tract and in loudness, from full scale to 36 dB below it. A voice
 * speaks in several samples, one after the other, where a network keeps a state from one to the next. A sample is a function
 * of seed and number alone. O(length * steps). Immutable.
 *
 * @param seed of all samples
 * @param length numbers a sample
 * @param rate numbers a second
 * @param steps samples of one voice
 * @param low lowest value
 * @param high highest value
 */
record SpeechNoise(long seed, int length, int rate, int steps, float low, float high) {

    /** Amplitudes of voices, of the half range. */
    private static final double[] LOUDNESS = {1, 0.25, 0.06, 0.016};

    /** Writes sample {@code index} to {@code out} from {@code at} on. */
    void fillInto(int index, float[] out, int at) {
        int voice = index / steps;
        SplittableRandom random = new SplittableRandom(new SplittableRandom(seed).nextLong() + voice);
        Talker talker = new Talker(new SplittableRandom(random.nextLong()), rate);
        for (long past = (long) (index % steps) * length; past > 0; past--) {
            talker.next();
        }
        double amplitude = LOUDNESS[voice % LOUDNESS.length] * (high - low) / 2;
        for (int i = 0; i < length; i++) {
            double value = Math.max(-1, Math.min(1, talker.next()));
            out[at + i] = (float) ((low + high) / 2 + amplitude * value);
        }
    }

    private enum Sound {
        PAUSE,
        CLOSURE,
        HISS,
        VOWEL
    }

    /** One voice. */
    private static final class Talker {

        /** The first three formants of ten vowels, men's, in Hz. */
        private static final double[][] VOWELS = {
            {270, 2290, 3010}, {390, 1990, 2550}, {530, 1840, 2480}, {660, 1720, 2410}, {730, 1090, 2440},
            {570, 840, 2410}, {440, 1020, 2240}, {300, 870, 2240}, {640, 1190, 2390}, {490, 1350, 1690}
        };

        private static final double[] BANDWIDTHS = {60, 90, 150, 250};
        private static final double FOURTH_FORMANT = 3500;

        /** Brings vowels of gain 1 to peaks near 1. */
        private static final double VOICE = 4;

        private static final double HISSING = 0.05;

        private final SplittableRandom random;
        private final int rate;
        private final double pitch;
        private final double tract;
        private final double background;
        private final PinkNoise pink = new PinkNoise();
        private final Resonance[] formants = new Resonance[BANDWIDTHS.length];
        private final Resonance hiss = new Resonance();

        private Sound sound = Sound.PAUSE;
        private int left;
        private double aim; // gain that the sound moves to
        private double gain;
        private double phrase; // seconds since the last pause
        private double phase; // of the vocal folds, in periods
        private double flow;
        private double[] vowel = VOWELS[0];

        Talker(SplittableRandom random, int rate) {
            this.random = random;
            this.rate = rate;
            this.pitch = 85 * Math.exp(random.nextDouble() * Math.log(3));
            this.tract = 1 + 0.2 * random.nextDouble();
            this.background = 0.1 * Math.pow(10, -(10 + 50 * random.nextDouble()) / 20);
            for (int i = 0; i < formants.length; i++) {
                formants[i] = new Resonance();
                formants[i].frequency = tract * target(i);
            }
        }

        private double between(double low, double high) {
            return low + (high - low) * random.nextDouble();
        }

        private double target(int formant) {
            return formant < vowel.length ? vowel[formant] : FOURTH_FORMANT;
        }

        /** Begins the sound that comes after the one that ends. */
        private void turn() {
            double chance = random.nextDouble();
            Sound next = switch (sound) {
                case PAUSE -> chance < 0.4 ? Sound.CLOSURE : chance < 0.7 ? Sound.HISS : Sound.VOWEL;
                case CLOSURE -> chance < 0.5 ? Sound.HISS : Sound.VOWEL;
                case HISS -> Sound.VOWEL;
                case VOWEL -> chance < 0.25 ? Sound.PAUSE : chance < 0.65 ? Sound.CLOSURE : Sound.HISS;
            };
            double seconds = switch (next) {
                case PAUSE -> between(0.1, 0.5);
                case CLOSURE -> between(0.03, 0.08);
                case HISS -> sound == Sound.CLOSURE ? between(0.01, 0.03) : between(0.05, 0.12);
                case VOWEL -> between(0.07, 0.22);
            };
            if (next == Sound.VOWEL) {
                vowel = VOWELS[random.nextInt(VOWELS.length)];
            } else if (next == Sound.HISS) {
                hiss.set(between(0.15, 0.4) * rate, 0.1 * rate, rate);
            } else if (next == Sound.PAUSE) {
                phrase = 0;
            }
            aim = next == Sound.VOWEL || next == Sound.HISS ? between(0.3, 1) : 0;
            left = (int) Math.max(1, seconds * rate);
            sound = next;
        }

        double next() {
            if (left == 0) {
                turn();
            }
            left--;
            phrase += 1.0 / rate;
            double speed = sound == Sound.VOWEL ? 0.02 : 0.005; // seconds in which a gain is reached
            gain += (aim - gain) / (speed * rate);
            double value = sound == Sound.HISS ? HISSING * gain * hiss.of(between(-1, 1)) : 0;
            double voiced = sound == Sound.HISS ? 0 : VOICE * gain * pulse();
            for (int i = 0; i < formants.length; i++) {
                formants[i].glide(tract * target(i), BANDWIDTHS[i], rate);
                voiced = formants[i].of(voiced);
            }
            return value + voiced + background * pink.of(between(-1, 1));
        }

        /** The change of the air flow through the vocal folds, which open for 40 % of a period and close in 16 %. */
        private double pulse() {
            double fundamental = pitch * Math.exp(0.2 - 0.25 * Math.min(phrase, 2)) * between(0.98, 1.02);
            phase += fundamental / rate;
            phase -= Math.floor(phase);
            double before = flow;
            flow = phase < 0.4
                    ? (1 - Math.cos(Math.PI * phase / 0.4)) / 2
                    : phase < 0.56 ? Math.cos(Math.PI / 2 * (phase - 0.4) / 0.16) : 0;
            return flow - before;
        }
    }

    /** Klatt's resonator, equation 2: gain 1 at 0 Hz. */
    private static final class Resonance {
        private double frequency;
        private double a = 1;
        private double b;
        private double c;
        private double before;
        private double beforeThat;

        void glide(double target, double bandwidth, int rate) {
            frequency += (target - frequency) / (0.02 * rate);
            set(Math.min(frequency, 0.45 * rate), bandwidth, rate);
        }

        void set(double hertz, double bandwidth, int rate) {
            double radius = Math.exp(-Math.PI * bandwidth / rate);
            c = -radius * radius;
            b = 2 * radius * Math.cos(2 * Math.PI * hertz / rate);
            a = 1 - b - c;
        }

        double of(double value) {
            double result = a * value + b * before + c * beforeThat;
            beforeThat = before;
            before = result;
            return result;
        }
    }

    /** White noise through Kellet's three poles (musicdsp.org, "Pink noise filter", economy version). */
    private static final class PinkNoise {
        private double slow;
        private double middle;
        private double fast;

        double of(double white) {
            slow = 0.99765 * slow + white * 0.0990460;
            middle = 0.96300 * middle + white * 0.2965164;
            fast = 0.57000 * fast + white * 1.0526913;
            return slow + middle + fast + white * 0.1848;
        }
    }
}
