package lathe.synth.input;

/** The kind of synthetic inputs. */
public enum SynthKind {
    /** Structured images, and correlated noise for inputs that are no images. */
    IMAGES,
    /** As IMAGES, the images refined until the network sees in them the statistics of its training, where it has any. */
    REFINED,
    /** White noise, the baseline without structure. */
    NOISE,
    /** As NOISE for the inputs; layers draw their own inputs from BatchNormalization statistics. */
    GAUSSIAN;

    /** True for inputs with the structure of what is measured in the world; false for white noise. */
    boolean structured() {
        return this == IMAGES || this == REFINED;
    }
}
