package lathe.synth.image;

/** One way of making images. Implementations are immutable. */
interface Family {

    /** A new image, channels x height x width, row-major; values around [0, 1], not clipped. */
    float[] draw(Draws draws);
}
