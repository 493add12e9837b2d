package lathe.engine.solve;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import lathe.engine.grid.LevelTable;
import lathe.engine.grid.TableFormat;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.linalg.PrincipalSolver;

/**
 * Fits levels to a layer, then solves it with them. As in Lloyd's algorithm (IEEE Trans. Inf. Theory 28, 1982), codes and
 * levels are found in turn, but for tr(E H Eᵀ): codes by GPTQ, then all levels at once by least squares. With z_k the
 * inputs of a row that have level k, each times its scale, levels change by A⁻¹ g, A_kl = Σ z_k H z_lᵀ and
 * g_k = Σ (w - ŵ) H z_kᵀ, summed over some of the outputs. Immutable.
 */
final class LloydSolver implements LayerSolver {

    /** Levels are fitted to so many outputs, or to more until they have {@value #WEIGHTS} weights. */
    private static final int OUTPUTS = 32;

    private static final int WEIGHTS = 1 << 14;
    private static final int ROUNDS = 4;

    /** Added to A, as a share of its mean diagonal: levels that no weight has stay where they are. */
    private static final double DAMPING = 1e-6;

    private final TableFormat start;
    private final SolverOptions options;
    private final Function<TableFormat, LayerSolver> solver;

    /**
     * A solver of layers.
     *
     * @param start the levels to start from
     * @param options of GPTQ while levels are fitted, but for its trials: one is enough
     * @param solver solves the layer with the levels found
     */
    LloydSolver(TableFormat start, SolverOptions options, Function<TableFormat, LayerSolver> solver) {
        this.start = start;
        this.options = options.withOneTrial();
        this.solver = solver;
    }

    @Override
    public List<QuantizedWeights> solve(List<LayerProblem> groups) {
        return solver.apply(fitted(sample(groups))).solve(groups);
    }

    private static List<LayerProblem> sample(List<LayerProblem> groups) {
        int cols = Math.max(1, groups.get(0).weights().cols());
        return sample(groups, Math.max(OUTPUTS, WEIGHTS / cols));
    }

    /** So many outputs, or more, up to twice as many, at equal distances over all groups; all where there are fewer. */
    static List<LayerProblem> sample(List<LayerProblem> groups, int wanted) {
        int outputs = groups.stream().mapToInt(group -> group.weights().rows()).sum();
        int stride = Math.max(1, outputs / wanted);
        List<LayerProblem> sample = new ArrayList<>();
        int first = 0;
        for (LayerProblem group : groups) {
            int before = first;
            int rows = group.weights().rows();
            int[] chosen = IntStream.range(0, rows)
                    .filter(row -> (before + row) % stride == 0)
                    .toArray();
            if (chosen.length > 0) {
                sample.add(chosen.length < rows ? group.ofOutputs(chosen) : group);
            }
            first += rows;
        }
        return sample;
    }

    private TableFormat fitted(List<LayerProblem> problems) {
        TableFormat best = start;
        double least = Double.POSITIVE_INFINITY;
        Optional<TableFormat> tried = Optional.of(best);
        for (int round = 0; round < ROUNDS && tried.isPresent(); round++) {
            TableFormat format = tried.get();
            List<QuantizedWeights> solved = assigned(format, problems);
            double error = LayerError.of(
                            problems,
                            solved.stream().map(QuantizedWeights::weights).toList())
                    .relative();
            tried = error < least ? refitted(format, problems, solved) : Optional.empty();
            best = error < least ? format : best;
            least = Math.min(error, least);
        }
        return best;
    }

    private List<QuantizedWeights> assigned(TableFormat format, List<LayerProblem> problems) {
        return new BlockwiseSolver("gptq", "nearest", format, List.of(new Gptq(options))).solve(problems);
    }

    /** Better levels for the same codes; empty where there are none. */
    private static Optional<TableFormat> refitted(
            TableFormat format, List<LayerProblem> problems, List<QuantizedWeights> solved) {
        float[] levels = format.levels().byCode();
        double[] change = new double[levels.length];
        double[] products = new double[levels.length * levels.length];
        for (int group = 0; group < solved.size(); group++) {
            accumulate(problems.get(group), solved.get(group), products, change);
        }
        GramMatrix a = GramMatrix.of(levels.length, products);
        double damping = DAMPING * a.meanDiagonal();
        try (PrincipalSolver system = a.damped(damping).principalSolver(levels.length)) {
            if (!system.solve(IntStream.range(0, levels.length).toArray(), change, 1)) {
                return Optional.empty();
            }
        }
        boolean negative = false;
        boolean positive = false;
        for (int code = 0; code < levels.length; code++) {
            levels[code] += (float) change[code];
            negative |= levels[code] < 0;
            positive |= levels[code] > 0;
        }
        return negative && positive ? Optional.of(format.withLevels(new LevelTable(levels))) : Optional.empty();
    }

    /** Adds what the outputs of a group contribute to A and g. */
    private static void accumulate(LayerProblem problem, QuantizedWeights solved, double[] products, double[] change) {
        int rows = solved.rows();
        int cols = solved.cols();
        int[] codes = new int[rows * cols];
        double[] scales = new double[rows * cols];
        double[] differences = new double[rows * cols];
        for (int row = 0; row < rows; row++) {
            for (int col = 0; col < cols; col++) {
                int at = row * cols + col;
                short code = solved.codes()[at];
                codes[at] = code;
                scales[at] = solved.scales()[
                        row * solved.blocks().count() + solved.blocks().of(col)];
                differences[at] = problem.weights().at(row, col)
                        - scales[at] * solved.format().levels().level(code);
            }
        }
        double[] residuals = problem.gram().times(differences, rows);
        for (int at = 0; at < residuals.length; at++) {
            change[codes[at]] += scales[at] * residuals[at];
        }
        for (int row = 0; row < rows; row++) {
            int[] own = Arrays.copyOfRange(codes, row * cols, (row + 1) * cols);
            double[] ownScales = Arrays.copyOfRange(scales, row * cols, (row + 1) * cols);
            accumulate(problem.gram(), own, ownScales, change.length, products);
        }
    }

    /** Adds what one output contributes to A: the products of its z_k. */
    private static void accumulate(GramMatrix gram, int[] codes, double[] scales, int count, double[] products) {
        int cols = codes.length;
        if (gram.isDiagonal()) {
            double[] diagonal = gram.diagonal();
            for (int col = 0; col < cols; col++) {
                products[codes[col] * count + codes[col]] += scales[col] * scales[col] * diagonal[col];
            }
            return;
        }
        double[] gramRow = new double[cols];
        double[][] weighted = new double[count][cols]; // z_k H
        for (int col = 0; col < cols; col++) {
            gram.rowInto(col, gramRow);
            addMultiple(scales[col], gramRow, weighted[codes[col]]);
        }
        for (int k = 0; k < count; k++) {
            for (int col = 0; col < cols; col++) {
                products[k * count + codes[col]] += scales[col] * weighted[k][col];
            }
        }
    }

    private static void addMultiple(double factor, double[] from, double[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] += factor * from[i];
        }
    }

    @Override
    public String name() {
        return solver.apply(start).name();
    }

    @Override
    public String nameFor(int inputs) {
        return solver.apply(start).nameFor(inputs);
    }

    @Override
    public String toString() {
        return solver.apply(start) + ", levels fitted";
    }
}
