package lathe.engine.linalg;

import java.util.Random;

/** Slow, obvious twins of what this package computes, and matrices to try both on. */
final class Naive {

    private Naive() {}

    static float[] samples(int count, int order, long seed) {
        Random random = new Random(seed);
        float[] samples = new float[count * order];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (float) (0.5 + random.nextGaussian());
        }
        return samples;
    }

    static double[] numbers(int count, long seed) {
        return new Random(seed).doubles(count, -1, 1).toArray();
    }

    /** A positive definite matrix of correlated inputs. */
    static GramMatrix gram(int order, long seed) {
        return gram(samples(order + 5, order, seed), order + 5, order);
    }

    static GramMatrix gram(float[] samples, int count, int order) {
        double[] gram = new double[order * order];
        for (int sample = 0; sample < count; sample++) {
            for (int i = 0; i < order; i++) {
                for (int j = 0; j < order; j++) {
                    gram[i * order + j] +=
                            (double) samples[sample * order + i] * samples[sample * order + j] / Math.max(1, count);
                }
            }
        }
        return GramMatrix.of(order, gram);
    }

    static double[] mean(float[] samples, int order) {
        double[] mean = new double[order];
        for (int i = 0; i < samples.length; i++) {
            mean[i % order] += (double) samples[i] * order / samples.length;
        }
        return mean;
    }

    static double energy(GramMatrix gram, double[] rows, int row) {
        int order = gram.order();
        double energy = 0;
        for (int i = 0; i < order; i++) {
            for (int j = 0; j < order; j++) {
                energy += rows[row * order + i] * gram.at(i, j) * rows[row * order + j];
            }
        }
        return energy;
    }

    static int[] identity(int order) {
        int[] inputs = new int[order];
        for (int i = 0; i < order; i++) {
            inputs[i] = i;
        }
        return inputs;
    }
}
