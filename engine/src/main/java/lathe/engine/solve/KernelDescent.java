package lathe.engine.solve;

import java.util.Arrays;
import lathe.engine.linalg.GramMatrix;

/**
 * Improves chosen vectors one place at a time, as {@link CoordinateDescent} does it with single codes: with all other
 * vectors of an output held, the best one is nearest to c + r_j H_jj⁻¹ / s in the metric H_jj. After each sweep the scales
 * are fitted. No output gets worse. O(rows * (inputs * entries + changes * inputs * length)) a sweep. For one thread.
 */
final class KernelDescent {

    private static final int SWEEPS = 4;

    private final GramMatrix gram;
    private final Codewords words;
    private final double[][] metrics; // H_jj of each place
    private final CodewordSearch[] searches;
    private final double[] p;
    private final double[] gramRow;

    KernelDescent(GramMatrix gram, Codewords words) {
        this.gram = gram;
        this.words = words;
        int length = words.length();
        this.p = new double[length];
        this.gramRow = new double[gram.order()];
        this.metrics = new double[gram.order() / length][length * length];
        this.searches = new CodewordSearch[metrics.length];
        double[][][] columns = CodewordSearch.columns(words);
        for (int place = 0; place < metrics.length; place++) {
            for (int i = 0; i < length * length; i++) {
                metrics[place][i] = gram.at(place * length + i / length, place * length + i % length);
            }
            searches[place] = new CodewordSearch(words, columns, metrics[place]);
        }
    }

    /** Improves what was found, scales fitted. */
    void run(KernelRows rows) {
        int cols = gram.order();
        boolean[] active = new boolean[rows.scales.length];
        Arrays.fill(active, true);
        boolean changed = true;
        for (int sweep = 0; sweep < SWEEPS && changed; sweep++) {
            changed = false;
            for (int row = 0; row < active.length; row++) {
                int at = row * metrics.length;
                active[row] = active[row] && improve(rows.found, at, rows.scales[row], rows.residuals, row * cols);
                changed |= active[row];
            }
            rows.fitScales();
        }
    }

    /**
     * Gives each place of one output the best vector that it can have while all others stay.
     *
     * @param found vectors, those of the output from {@code first} on
     * @param residual r, that of the output from {@code from} on; kept up to date
     * @return true if one has changed
     */
    boolean improve(int[] found, int first, double scale, double[] residual, int from) {
        boolean changed = false;
        for (int place = 0; place < metrics.length; place++) {
            int old = found[first + place];
            target(old, metrics[place], scale, residual, from + place * p.length);
            int best = searches[place].nearest(p, scale);
            if (best != old && searches[place].cost(best, p, scale) < searches[place].cost(old, p, scale)) {
                found[first + place] = best;
                subtract(place, old, best, scale, residual, from);
                changed = true;
            }
        }
        return changed;
    }

    /** p = s c H_jj + r_j. */
    private void target(int old, double[] metric, double scale, double[] residual, int at) {
        for (int i = 0; i < p.length; i++) {
            p[i] = residual[at + i];
            for (int j = 0; j < p.length; j++) {
                p[i] += scale * words.at(old, j) * metric[i * p.length + j];
            }
        }
    }

    private void subtract(int place, int old, int best, double scale, double[] residual, int from) {
        for (int i = 0; i < p.length; i++) {
            double change = scale * (words.at(best, i) - words.at(old, i));
            gram.rowInto(place * p.length + i, gramRow);
            for (int col = 0; col < gramRow.length; col++) {
                residual[from + col] -= change * gramRow[col];
            }
        }
    }
}
