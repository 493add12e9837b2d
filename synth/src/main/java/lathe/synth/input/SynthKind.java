package lathe.synth.input;

/** The kind of synthetic inputs. */
public enum SynthKind {
    /** Structured images, and correlated noise for inputs that are no images. */
    IMAGES,
    /** White noise, the baseline without structure. */
    NOISE,
    /** As NOISE for the inputs; layers draw their own inputs from BatchNormalization statistics. */
    GAUSSIAN
}
