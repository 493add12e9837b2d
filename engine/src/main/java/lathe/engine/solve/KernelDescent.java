package lathe.engine.solve;

import lathe.engine.layer.LayerProblem;

/**
 * Improves chosen vectors one place at a time, as {@link CoordinateDescent} does it with single codes: with all other
 * vectors of an output held, the best one is nearest to c + r_j H_jj⁻¹ / s in the metric H_jj. After each sweep the scales
 * are fitted. No output gets worse. O(rows * (inputs * entries + changes * inputs * length)) a sweep.
 */
final class KernelDescent {

    private static final int SWEEPS = 4;

    private final LayerProblem problem;
    private final Codewords words;
    private final double[][][] columns;

    KernelDescent(LayerProblem problem, Codewords words) {
        this.problem = problem;
        this.words = words;
        this.columns = CodewordSearch.columns(words);
    }

    /** Improves what was found, scales fitted. */
    void run(KernelRows rows) {
        int vectors = problem.weights().cols() / words.length();
        boolean changed = true;
        for (int sweep = 0; sweep < SWEEPS && changed; sweep++) {
            changed = false;
            for (int vector = 0; vector < vectors; vector++) {
                changed |= improve(rows, vector, vectors);
            }
            rows.fitScales();
        }
    }

    private boolean improve(KernelRows rows, int vector, int vectors) {
        int length = words.length();
        double[][] gram = new double[length][problem.weights().cols()];
        double[] metric = new double[length * length];
        for (int i = 0; i < length; i++) {
            problem.gram().rowInto(vector * length + i, gram[i]);
            System.arraycopy(gram[i], vector * length, metric, i * length, length);
        }
        CodewordSearch search = new CodewordSearch(words, columns, metric);
        double[] p = new double[length];
        boolean changed = false;
        for (int row = 0; row < rows.scales.length; row++) {
            int old = rows.found[row * vectors + vector];
            target(rows, row, vector, old, metric, p);
            int best = search.nearest(p, rows.scales[row]);
            if (best != old && search.cost(best, p, rows.scales[row]) < search.cost(old, p, rows.scales[row])) {
                replace(rows, row, row * vectors + vector, best, gram);
                changed = true;
            }
        }
        return changed;
    }

    /** p = s c H_jj + r_j. */
    private void target(KernelRows rows, int row, int vector, int old, double[] metric, double[] p) {
        int at = row * problem.weights().cols() + vector * p.length;
        for (int i = 0; i < p.length; i++) {
            p[i] = rows.residuals[at + i];
            for (int j = 0; j < p.length; j++) {
                p[i] += rows.scales[row] * words.at(old, j) * metric[i * p.length + j];
            }
        }
    }

    private void replace(KernelRows rows, int row, int place, int best, double[][] gram) {
        int at = row * gram[0].length;
        for (int i = 0; i < gram.length; i++) {
            double change = rows.scales[row] * (words.at(best, i) - words.at(rows.found[place], i));
            for (int col = 0; col < gram[i].length; col++) {
                rows.residuals[at + col] -= change * gram[i][col];
            }
        }
        rows.found[place] = best;
    }
}
