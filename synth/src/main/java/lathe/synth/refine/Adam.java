package lathe.synth.refine;

/**
 * Adam (Kingma and Ba, arXiv 1412.6980, Algorithm 1) with the moments of the paper, on parameters bounded by 0 and 1. Not
 * thread-safe.
 */
final class Adam {

    private static final double DECAY = 0.9;
    private static final double SQUARE_DECAY = 0.999;
    private static final double EPSILON = 1e-8;

    private final float[] mean;
    private final float[] square;
    private int steps;

    /** @param parameters how many there are */
    Adam(int parameters) {
        this.mean = new float[parameters];
        this.square = new float[parameters];
    }

    /**
     * Takes a step against the gradient; parameters are changed, and clamped.
     *
     * @param rate of the step, in the unit of the parameters
     */
    void step(float[] parameters, float[] gradient, double rate) {
        steps++;
        double bias = 1 - Math.pow(DECAY, steps);
        double squareBias = 1 - Math.pow(SQUARE_DECAY, steps);
        for (int i = 0; i < parameters.length; i++) {
            mean[i] = (float) (DECAY * mean[i] + (1 - DECAY) * gradient[i]);
            square[i] = (float) (SQUARE_DECAY * square[i] + (1 - SQUARE_DECAY) * gradient[i] * gradient[i]);
            double step = rate * (mean[i] / bias) / (Math.sqrt(square[i] / squareBias) + EPSILON);
            parameters[i] = (float) Math.min(1, Math.max(0, parameters[i] - step));
        }
    }
}
