package lathe.engine.solve;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import lathe.engine.grid.Codebook;
import lathe.engine.grid.CodebookFormat;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.linalg.PrincipalSolver;

/**
 * Fits a codebook to several layers: k-means over their vectors, then rounds as in {@link LloydSolver}: vectors are chosen
 * with the present entries, then all entries of a table change at once by least squares. With P_o the matrix that writes the
 * entries into output o, times its scale s_o, entries change by A⁻¹ g, A = Σ P_o H P_oᵀ and g = Σ (w_o - ŵ_o) H P_oᵀ, each
 * layer divided by tr(W H Wᵀ). Tables take turns.
 *
 * <p>Use: {@link #sample} every layer and {@link #start} from the samples; then in each of {@link #rounds} rounds
 * {@link #choose} for every layer, by several threads if need be, {@link #add} the choices in one order, and {@link #refit}.
 * A takes {@code 8 * (256 * length)²} bytes, at most 42 MB. All but {@code choose} and {@code sample} for one thread.
 */
public final class CodebookFit {

    /** Vectors of a layer that entries are fitted to. */
    private static final int OF_LAYER = 1 << 14;

    /** Vectors of all layers that k-means starts from. */
    private static final int OF_START = 1 << 16;

    private static final int ROUNDS = 3;

    /** Added to A, as a share of its mean diagonal: entries that no kernel has stay as they are. */
    private static final double DAMPING = 1e-4;

    private final int length;
    private final int tables;
    private Codewords words;
    private int round;
    private double[] products; // A is the sum of this and its transpose
    private double[] change; // g

    /** @param length numbers of an entry */
    public CodebookFit(CodebookFormat format, int length) {
        this.tables = format.tables();
        this.length = length;
    }

    /** The codebook of one layer by itself. */
    static Codebook of(CodebookFormat format, List<LayerProblem> groups) {
        LayerProblem any = groups.get(0);
        int length = Codebook.length(any.weights().cols(), any.taps())
                .orElseThrow(() -> new IllegalArgumentException("layer '%s': %d weights of %d taps make no vectors"
                        .formatted(any.layer(), any.weights().cols(), any.taps())));
        CodebookFit fit = new CodebookFit(format, length);
        fit.start(List.of(fit.sample(groups)));
        for (int i = 0; i < fit.rounds(); i++) {
            fit.add(groups, fit.choose(groups));
            fit.refit();
        }
        return fit.codebook();
    }

    /**
     * Vectors of one layer, each divided by the root mean square of its output, and how much each counts.
     *
     * @param vectors row after row
     * @param weights one per vector
     */
    public record Sample(double[] vectors, double[] weights) {}

    /** Choices for some outputs of one layer. */
    public static final class Choices {
        private final List<KernelRows> groups;

        private Choices(List<KernelRows> groups) {
            this.groups = groups;
        }

        List<KernelRows> groups() {
            return groups;
        }
    }

    /** Assignments and refits to be done. */
    public int rounds() {
        return tables == 1 ? ROUNDS : 2 * ROUNDS - 2;
    }

    /** Outputs at equal distances. */
    private List<LayerProblem> some(List<LayerProblem> groups) {
        int vectors = groups.get(0).weights().cols() / length;
        return LloydSolver.sample(groups, Math.max(1, OF_LAYER / vectors));
    }

    /**
     * What k-means needs of a layer.
     *
     * @param groups regularized
     */
    public Sample sample(List<LayerProblem> groups) {
        List<LayerProblem> some = some(groups);
        double energy = energy(some);
        int cols = groups.get(0).weights().cols();
        int rows = some.stream().mapToInt(group -> group.weights().rows()).sum();
        double[] vectors = new double[rows * cols];
        double[] weights = new double[rows * cols / length];
        int row = 0;
        for (LayerProblem group : some) {
            double[] traces = KernelRounding.of(group.gram(), length).traces();
            for (int i = 0; i < group.weights().rows(); i++, row++) {
                put(group.weights().row(i), row * cols, vectors);
                double square = KernelRows.meanSquare(group.weights().row(i));
                for (int j = 0; j < traces.length; j++) {
                    weights[row * traces.length + j] = energy > 0 ? square * traces[j] / energy : 0;
                }
            }
        }
        return new Sample(vectors, weights);
    }

    private static void put(double[] weights, int at, double[] vectors) {
        double unit = Math.max(Float.MIN_NORMAL, Math.sqrt(KernelRows.meanSquare(weights)));
        for (int i = 0; i < weights.length; i++) {
            vectors[at + i] = weights[i] / unit;
        }
    }

    /** tr(W H Wᵀ). */
    private static double energy(List<LayerProblem> groups) {
        return groups.stream()
                .mapToDouble(group -> LayerError.of(group, group.weights()).energy())
                .sum();
    }

    /**
     * Finds the first entries.
     *
     * @param samples of all layers, in their order
     */
    public void start(List<Sample> samples) {
        int all = samples.stream().mapToInt(sample -> sample.weights().length).sum();
        int stride = Math.max(1, (all + OF_START - 1) / OF_START);
        int count = (all + stride - 1) / stride;
        double[] vectors = new double[count * length];
        double[] weights = new double[count];
        int index = 0;
        for (Sample sample : samples) {
            for (int i = 0; i < sample.weights().length; i++, index++) {
                if (index % stride == 0) {
                    weights[index / stride] = sample.weights()[i];
                    System.arraycopy(sample.vectors(), i * length, vectors, index / stride * length, length);
                }
            }
        }
        double[][] found = new double[tables][];
        for (int table = 0; table < tables; table++) {
            found[table] = KMeans.centres(length, vectors, weights, Codebook.ENTRIES);
            vectors = KMeans.differences(length, vectors, found[table]);
        }
        words = new Codewords(length, found, 1);
        clear();
    }

    private void clear() {
        int order = Codebook.ENTRIES * length;
        products = new double[order * order];
        change = new double[order];
    }

    /**
     * Chooses vectors for a layer with the present entries.
     *
     * @param groups regularized
     */
    public Choices choose(List<LayerProblem> groups) {
        List<KernelRows> chosen = new ArrayList<>();
        for (LayerProblem group : some(groups)) {
            chosen.add(CodebookSolver.chosen(group, KernelRounding.of(group.gram(), length), words, 2, true));
        }
        return new Choices(chosen);
    }

    /**
     * Adds what a layer says of the entries. O(outputs * inputs²).
     *
     * @param groups regularized
     */
    public void add(List<LayerProblem> groups, Choices choices) {
        List<LayerProblem> some = some(groups);
        double energy = energy(some);
        for (int group = 0; group < some.size() && energy > 0; group++) {
            accumulate(some.get(group).gram(), choices.groups().get(group), 1 / energy);
        }
    }

    private void accumulate(GramMatrix gram, KernelRows rows, double share) {
        int cols = gram.order();
        int vectors = cols / length;
        int order = change.length;
        int table = round % tables;
        int[] entries = new int[rows.found.length]; // where each begins in g
        for (int i = 0; i < entries.length; i++) {
            int index = rows.found[i];
            entries[i] = length * (table == 0 ? index % Codebook.ENTRIES : index / Codebook.ENTRIES);
        }
        double[] gramRow = new double[cols];
        for (int col = 0; col < cols; col++) {
            gram.rowInto(col, gramRow);
            for (int row = 0; row < rows.scales.length; row++) {
                int place = entries[row * vectors + col / length] + col % length;
                double scale = share * rows.scales[row];
                change[place] += scale * rows.residuals[row * cols + col];
                for (int vector = col / length; vector < vectors; vector++) {
                    int at = place * order + entries[row * vectors + vector];
                    double factor = scale * rows.scales[row] * (vector == col / length ? 0.5 : 1);
                    for (int i = 0; i < length; i++) {
                        products[at + i] += factor * gramRow[vector * length + i];
                    }
                }
            }
        }
    }

    /** Changes the entries of one table by what all layers said, and forgets that. */
    public void refit() {
        int order = change.length;
        for (int i = 0; i < order; i++) {
            for (int j = i; j < order; j++) {
                double sum = products[i * order + j] + products[j * order + i];
                products[i * order + j] = sum;
                products[j * order + i] = sum;
            }
        }
        GramMatrix a = GramMatrix.of(order, products);
        try (PrincipalSolver system = a.damped(DAMPING * a.meanDiagonal()).principalSolver(order)) {
            if (system.solve(IntStream.range(0, order).toArray(), change, 1)) {
                words = words.plus(round % tables, change);
            }
        }
        round++;
        clear();
    }

    /** The entries as they are now. */
    Codewords words() {
        return words;
    }

    /** The entries as they are now, rounded to integers. */
    public Codebook codebook() {
        return words.rounded();
    }
}
