package lathe.engine.linalg;

import java.util.Arrays;

/** Gathers E[x_i²] and E[x_i] of inputs taken as uncorrelated, in double. O(order) a sample. */
public final class DiagonalAccumulator implements MomentAccumulator {

    private final double[] squares;
    private final double[] sums;
    private long count;

    /** An accumulator for samples of {@code order} numbers. */
    public DiagonalAccumulator(int order) {
        this.squares = new double[order];
        this.sums = new double[order];
    }

    @Override
    public void add(float[] samples, int added) {
        for (int sample = 0; sample < added; sample++) {
            for (int i = 0; i < sums.length; i++) {
                double x = samples[sample * sums.length + i];
                sums[i] += x;
                squares[i] += x * x;
            }
        }
        count += added;
    }

    @Override
    public GramMatrix gram() {
        return GramMatrix.diagonal(perSample(squares));
    }

    @Override
    public double[] mean() {
        return perSample(sums);
    }

    private double[] perSample(double[] totals) {
        return Arrays.stream(totals)
                .map(total -> count == 0 ? 0 : total / count)
                .toArray();
    }
}
