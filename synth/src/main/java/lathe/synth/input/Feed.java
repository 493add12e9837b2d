package lathe.synth.input;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import lathe.engine.tensor.ElementType;
import lathe.synth.image.Pictures;
import lathe.synth.image.SyntheticImages;

/** What one input is filled with, sample by sample. Implementations are immutable. */
sealed interface Feed {

    /** Writes one sample: for a network that runs in batches, what belongs to one image. */
    void fillInto(int index, float[] out, int at);

    /** True if samples must differ even where the input has no batch axis. */
    default boolean varies() {
        return false;
    }

    /** Where an image scaling comes from. */
    enum Grounds {
        /** The options or the file say it. */
        KNOWN,
        /** It agrees best with what the network says of its values in training. */
        MEASURED,
        /** Nothing says it. */
        GUESSED
    }

    /**
     * Images.
     *
     * @param channelsLast height x width x channels, rather than channels x height x width
     * @param scalings from image values to the network's; several where none is known, for as many images in a row as there
     *     are kinds of pictures each
     * @param because where the scalings come from, in plain words
     * @param whole true if the network takes whole numbers
     */
    record Images(
            Pictures images,
            boolean channelsLast,
            List<Scaling> scalings,
            Grounds grounds,
            String because,
            boolean whole)
            implements Feed {

        Images with(List<Scaling> others, Grounds on, String why) {
            return new Images(images, channelsLast, others, on, why, whole);
        }

        Images with(Pictures others) {
            return new Images(others, channelsLast, scalings, grounds, because, whole);
        }

        /** Such as {@code ImageNet mean/std}, or {@code range 0 to 1, range -1 to 1 in turn}. */
        String scalingWords() {
            String names = scalings.stream().map(Scaling::toString).collect(Collectors.joining(", "));
            return scalings.size() == 1 ? names : names + " in turn,";
        }

        /** True if another scaling may be chosen. */
        boolean open() {
            return grounds != Grounds.KNOWN;
        }

        /** False for one channel that is not square, if nothing tells its range: it may be a spectrogram. */
        boolean sure() {
            return grounds != Grounds.GUESSED || images.channels() > 1 || images.height() == images.width();
        }

        @Override
        public void fillInto(int index, float[] out, int at) {
            float[] picture = images.image(index);
            Scaling scaling = scaling(index);
            forEach((channel, i, place) -> {
                float value = scaling.apply(picture[i], channel);
                out[at + place] = whole ? Math.round(value) : value;
            });
        }

        /** The adjoint of {@link #fillInto}: from the gradient at what is fed to that at the image. */
        float[] imageGradient(int index, FloatBuffer gradient, int at) {
            Scaling scaling = scaling(index);
            float[] out = new float[images.channels() * images.height() * images.width()];
            forEach((channel, i, place) -> out[i] = scaling.gain(channel) * gradient.get(at + place));
            return out;
        }

        /** Takes element i of an image, and where a sample has it. */
        private interface Element {
            void visit(int channel, int i, int place);
        }

        private void forEach(Element element) {
            int channels = images.channels();
            int plane = images.height() * images.width();
            for (int channel = 0; channel < channels; channel++) {
                int start = channel * (channelsLast ? 1 : plane);
                int step = channelsLast ? channels : 1;
                for (int i = 0; i < plane; i++) {
                    element.visit(channel, channel * plane + i, start + i * step);
                }
            }
        }

        private Scaling scaling(int index) {
            return scalings.get(index / SyntheticImages.FAMILIES % scalings.size());
        }
    }

    /** Values without a scaling of images. */
    record Noise(CorrelatedNoise noise) implements Feed {
        @Override
        public void fillInto(int index, float[] out, int at) {
            noise.fillInto(index, out, at);
        }
    }

    /** Sound. */
    record Audio(SpeechNoise speech) implements Feed {
        @Override
        public void fillInto(int index, float[] out, int at) {
            speech.fillInto(index, out, at);
        }
    }

    /**
     * What the network keeps from one step to the next.
     *
     * @param values of all samples, one behind the other; samples of higher numbers begin anew
     * @param count numbers a sample
     */
    record State(float[] values, int count) implements Feed {
        @Override
        public void fillInto(int index, float[] out, int at) {
            System.arraycopy(values, index % (values.length / count) * count, out, at, count);
        }

        @Override
        public boolean varies() {
            return values.length > count;
        }
    }

    /**
     * The same number everywhere: for masks, lengths and lone numbers.
     *
     * @param count numbers a sample
     */
    record Constant(int count, float value) implements Feed {
        @Override
        public void fillInto(int index, float[] out, int at) {
            Arrays.fill(out, at, at + count, value);
        }
    }

    /**
     * Whole numbers from 0 on, each as likely as any other.
     *
     * @param count numbers a sample
     * @param limit above the largest
     */
    record Drawn(long seed, int count, long limit) implements Feed {
        @Override
        public void fillInto(int index, float[] out, int at) {
            SplittableRandom random = random(seed, index);
            for (int i = 0; i < count; i++) {
                out[at + i] = random.nextLong(limit);
            }
        }

        private static SplittableRandom random(long seed, int index) {
            return new SplittableRandom(new SplittableRandom(new SplittableRandom(seed).nextLong() + index).nextLong());
        }

        @Override
        public boolean varies() {
            return true;
        }
    }

    /**
     * 0, 1, 2 ... along the last axis.
     *
     * @param count numbers a sample
     * @param last extent of the last axis
     * @param limit above the largest; counting begins anew there
     */
    record Counted(int count, int last, long limit) implements Feed {
        @Override
        public void fillInto(int index, float[] out, int at) {
            for (int i = 0; i < count; i++) {
                out[at + i] = i % last % limit;
            }
        }
    }

    /**
     * One of a few numbers everywhere in a sample, in turn.
     *
     * @param count numbers a sample
     */
    record InTurn(int count, long[] numbers) implements Feed {
        @Override
        public void fillInto(int index, float[] out, int at) {
            Arrays.fill(out, at, at + count, (float) numbers[index % numbers.length]);
        }

        @Override
        public boolean varies() {
            return numbers.length > 1;
        }
    }

    /**
     * Ids of a vocabulary, each drawn by itself.
     *
     * @param count ids a sample
     * @param rows number of ids that the network knows
     */
    record Words(long seed, int count, long rows, Vocabulary vocabulary) implements Feed {
        @Override
        public void fillInto(int index, float[] out, int at) {
            SplittableRandom random = Drawn.random(seed, index);
            for (int i = 0; i < count; i++) {
                out[at + i] = vocabulary.draw(random);
            }
        }

        @Override
        public boolean varies() {
            return true;
        }
    }

    /**
     * Sequences of tokens made before, in turn.
     *
     * @param sequences ids of one sample each, all of one length
     */
    record Sequences(List<float[]> sequences) implements Feed {
        public Sequences {
            sequences = List.copyOf(sequences);
        }

        @Override
        public void fillInto(int index, float[] out, int at) {
            float[] ids = sequences.get(index % sequences.size());
            System.arraycopy(ids, 0, out, at, ids.length);
        }

        @Override
        public boolean varies() {
            return true;
        }
    }

    /**
     * Samples of the user's.
     *
     * @param values all that were given, one behind the other
     * @param count numbers a sample
     */
    record Real(RealInputs real, float[] values, int count) implements Feed {
        @Override
        public void fillInto(int index, float[] out, int at) {
            System.arraycopy(values, real.position(index) * count, out, at, count);
        }

        @Override
        public boolean varies() {
            return true;
        }
    }

    /** True for the element types that hold measured quantities. */
    static boolean isReal(ElementType type) {
        return switch (type) {
            case FLOAT, FLOAT16, BFLOAT16, DOUBLE -> true;
            default -> false;
        };
    }
}
