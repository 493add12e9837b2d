package lathe.synth.image;

/** Images of one size, by number. Implementations are immutable. */
public interface Pictures {

    int channels();

    int height();

    int width();

    /** Picture {@code index}, channels x height x width, values 0 to 1. */
    float[] image(int index);
}
