package lathe.synth.image;

/**
 * Gaussian noise whose amplitude falls as 1/f, as that of photographs does; channels correlated 0.85, mean and contrast
 * drawn per image.
 */
final class PinkNoise implements Family {

    private static final double CORRELATION = 0.85;

    private final Frame frame;
    private final PinkField field;

    PinkNoise(Frame frame) {
        this.frame = frame;
        this.field = PinkField.of(frame.height(), frame.width(), 1);
    }

    @Override
    public float[] draw(Draws draws) {
        float[] means = Palette.colour(draws, frame.channels(), 0.25, 0.75, 0.06);
        double contrast = draws.uniform(0.08, 0.24);
        float shared = (float) (contrast * Math.sqrt(CORRELATION));
        float own = (float) (contrast * Math.sqrt(1 - CORRELATION));
        float[] picture = new float[frame.elements()];
        float[][] pair = field.pair(draws);
        float[] common = pair[0];
        for (int channel = 0; channel < frame.channels(); channel++) {
            if (channel > 0 && channel % 2 == 1) {
                pair = field.pair(draws);
            }
            float[] alone = pair[(channel + 1) % 2];
            int start = channel * frame.plane();
            for (int i = 0; i < frame.plane(); i++) {
                picture[start + i] = means[channel] + shared * common[i] + own * alone[i];
            }
        }
        return picture;
    }
}
