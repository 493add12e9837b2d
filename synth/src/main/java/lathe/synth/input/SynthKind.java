package lathe.synth.input;

/** What inputs are made of. */
public enum SynthKind {
    /** Structured pictures, and correlated noise for inputs that are no images. */
    IMAGES,
    /** White noise, the baseline without structure. */
    NOISE,
    /** As NOISE for the inputs; layers draw their own inputs from BatchNormalization statistics. */
    GAUSSIAN
}
