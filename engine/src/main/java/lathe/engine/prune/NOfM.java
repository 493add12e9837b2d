package lathe.engine.prune;

import java.util.BitSet;
import java.util.List;

/**
 * At most n remaining weights in each group of m consecutive inputs of an output; a last group of w &lt; m inputs keeps
 * ⌈n w / m⌉. Inputs are consecutive as the weight matrix has them as columns.
 *
 * @param n remaining weights: 0 to m
 * @param m inputs in a group: at least 1
 */
public record NOfM(int n, int m) implements Sparsity {

    public NOfM {
        if (m < 1 || n < 0 || n > m) {
            throw new IllegalArgumentException("%d of %d weights".formatted(n, m));
        }
    }

    /** Weights that remain in the group that starts at an input. */
    int keptFrom(int start, int cols) {
        int width = Math.min(m, cols - start);
        return (int) (((long) n * width + m - 1) / m);
    }

    /** How many of an output's remaining weights each group may lose, by the number of the group. */
    int[] removable(int[] remaining, int cols) {
        int[] removable = new int[(cols + m - 1) / m];
        for (int group = 0; group < removable.length; group++) {
            removable[group] = -keptFrom(group * m, cols);
        }
        for (int input : remaining) {
            removable[input / m]++;
        }
        return removable;
    }

    @Override
    public double zeros() {
        return 1 - (double) n / m;
    }

    @Override
    public List<Mask> masks(List<Saliency> layers) {
        return layers.stream().map(this::mask).toList();
    }

    private Mask mask(Saliency saliency) {
        int cols = saliency.cols();
        BitSet kept = new BitSet(saliency.values().length);
        for (int row = 0; row < saliency.rows(); row++) {
            for (int start = 0; start < cols; start += m) {
                keepBest(saliency.values(), row * cols + start, Math.min(m, cols - start), keptFrom(start, cols), kept);
            }
        }
        return new Mask(saliency.rows(), cols, kept);
    }

    private static void keepBest(float[] values, int start, int width, int count, BitSet kept) {
        for (int k = 0; k < count; k++) {
            int best = -1;
            for (int i = start; i < start + width; i++) {
                boolean candidate = values[i] != Saliency.REMOVED && !kept.get(i);
                if (candidate && (best < 0 || values[i] >= values[best])) {
                    best = i;
                }
            }
            if (best >= 0) {
                kept.set(best);
            }
        }
    }

    @Override
    public NOfM inRound(int round, int rounds) {
        Shares.checkRound(round, rounds);
        return new NOfM((int) Math.round(m * Math.pow((double) n / m, (double) round / rounds)), m);
    }

    @Override
    public NOfM groups(int cols) {
        return this;
    }

    /** One group of all inputs, which may lose all its weights. */
    static NOfM allCompete(int cols) {
        return new NOfM(0, Math.max(1, cols));
    }
}
