package lathe.synth.input;

import lathe.engine.tensor.ElementType;
import lathe.synth.image.SyntheticImages;

/** What one input is filled with, sample by sample. Implementations are immutable. */
sealed interface Feed {

    /** Writes one sample: for a network that runs in batches, what belongs to one image. */
    void fillInto(int index, float[] out, int at);

    /**
     * Pictures.
     *
     * @param channelsLast height x width x channels, rather than channels x height x width
     * @param scaling from picture values to the network's
     * @param open true if neither the options nor the file settle the scaling
     * @param because where the scaling comes from, in plain words
     * @param whole true if the network takes whole numbers
     */
    record Images(
            SyntheticImages images, boolean channelsLast, Scaling scaling, boolean open, String because, boolean whole)
            implements Feed {

        Images with(Scaling other, String why) {
            return new Images(images, channelsLast, other, open, why, whole);
        }

        @Override
        public void fillInto(int index, float[] out, int at) {
            float[] picture = images.image(index);
            int channels = images.channels();
            int plane = images.height() * images.width();
            for (int channel = 0; channel < channels; channel++) {
                int start = at + channel * (channelsLast ? 1 : plane);
                int step = channelsLast ? channels : 1;
                for (int i = 0; i < plane; i++) {
                    float value = scaling.apply(picture[channel * plane + i], channel);
                    out[start + i * step] = whole ? Math.round(value) : value;
                }
            }
        }
    }

    /** Numbers in no relation to pictures. */
    record Noise(CorrelatedNoise noise) implements Feed {
        @Override
        public void fillInto(int index, float[] out, int at) {
            noise.fillInto(index, out, at);
        }
    }

    /** Zeros: for indices, masks and lone numbers. */
    record Zeros() implements Feed {
        @Override
        public void fillInto(int index, float[] out, int at) {
            // arrays begin as zeros
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
