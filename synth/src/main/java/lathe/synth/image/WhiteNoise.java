package lathe.synth.image;

/** Every channel of every pixel on its own, mean 0.5 and deviation 0.25: the baseline without structure. */
record WhiteNoise(Frame frame) implements Family {

    @Override
    public float[] draw(Draws draws) {
        float[] picture = new float[frame.elements()];
        for (int i = 0; i < picture.length; i++) {
            picture[i] = (float) (0.5 + 0.25 * draws.normal());
        }
        return picture;
    }
}
