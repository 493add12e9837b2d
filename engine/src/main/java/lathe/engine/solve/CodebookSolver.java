package lathe.engine.solve;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import lathe.engine.grid.Blocks;
import lathe.engine.grid.Codebook;
import lathe.engine.grid.CodebookFormat;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;

/**
 * Chooses a vector of a codebook for each kernel: {@link KernelRounding} and scales in turn, the best of each output kept,
 * then {@link KernelDescent}. Where the format has no codebook yet, one is fitted to the layer. Immutable.
 */
final class CodebookSolver implements LayerSolver {

    /** Outputs in memory at a time. */
    private static final int ROWS = 512;

    private final CodebookFormat format;
    private final String name;
    private final int trials;
    private final boolean descends;

    /**
     * A solver of layers.
     *
     * @param trials how often vectors are found, each time with the scales fitted to the ones before
     * @param descends true to improve them one by one in the end
     */
    CodebookSolver(CodebookFormat format, String name, int trials, boolean descends) {
        this.format = format;
        this.name = name;
        this.trials = trials;
        this.descends = descends;
    }

    /** @throws IllegalArgumentException if the weights are not made of vectors, see {@link Codebook#length} */
    @Override
    public List<QuantizedWeights> solve(List<LayerProblem> groups) {
        CodebookFormat fitted = format.codebook().isPresent() ? format : format.with(CodebookFit.of(format, groups));
        Codewords words = Codewords.of(fitted.codebook().orElseThrow());
        return groups.stream().map(group -> solve(group, fitted, words)).toList();
    }

    private QuantizedWeights solve(LayerProblem problem, CodebookFormat fitted, Codewords words) {
        int rows = problem.weights().rows();
        int cols = problem.weights().cols();
        short[] codes = new short[rows * cols];
        float[] scales = new float[rows];
        KernelRounding rounding = KernelRounding.of(problem.gram(), words.length());
        for (int from = 0; from < rows; from += ROWS) {
            int[] some = IntStream.range(from, Math.min(rows, from + ROWS)).toArray();
            KernelRows solved =
                    chosen(some.length < rows ? problem.ofOutputs(some) : problem, rounding, words, trials, descends);
            copyInto(solved, fitted, cols, from, codes, scales);
        }
        return new QuantizedWeights(fitted, Blocks.one(cols), rows, codes, scales, new byte[rows]);
    }

    /** The best vectors found for all outputs of a problem. */
    static KernelRows chosen(
            LayerProblem problem, KernelRounding rounding, Codewords words, int trials, boolean descends) {
        double[] targets = KernelRows.targets(problem);
        KernelRows best = null;
        double[] scales = KernelRows.unitScales(problem, words);
        for (int trial = 0; trial < trials; trial++) {
            int[] found = rounding.run(problem.weights(), words, scales);
            KernelRows tried = new KernelRows(problem, words, targets, found, scales.clone());
            tried.fitScales();
            scales = tried.scales.clone();
            if (best == null) {
                best = tried;
            } else {
                best.keepBetter(tried);
            }
        }
        if (descends) {
            new KernelDescent(problem.gram(), words).run(best);
        }
        return best;
    }

    @Override
    public boolean isTwoSided() {
        return descends;
    }

    @Override
    public List<QuantizedWeights> twoSided(List<LayerProblem> groups, List<QuantizedWeights> solved) {
        List<QuantizedWeights> improved = new ArrayList<>();
        for (int group = 0; group < solved.size(); group++) {
            boolean diagonal = groups.get(group).outputMetric().isDiagonal();
            improved.add(
                    diagonal || !TwoSided.isAffordable(groups.get(group))
                            ? solved.get(group)
                            : improved(groups.get(group), solved.get(group)));
        }
        return improved;
    }

    private static QuantizedWeights improved(LayerProblem problem, QuantizedWeights solved) {
        CodebookFormat fitted = (CodebookFormat) solved.format();
        Codebook codebook = fitted.codebook().orElseThrow();
        Codewords words = Codewords.of(codebook);
        int[] found = new int[solved.codes().length / codebook.length()];
        Arrays.setAll(found, i -> codebook.index(solved.codes(), i * codebook.length()));
        double[] scales = new double[solved.rows()];
        Arrays.setAll(scales, row -> solved.scales()[row]);
        KernelRows rows = new KernelRows(problem, words, KernelRows.targets(problem), found, scales);
        rows.keepScales();
        return new KernelTwoSided(problem, words, rows).run() ? quantized(rows, fitted, solved.cols()) : solved;
    }

    private static QuantizedWeights quantized(KernelRows solved, CodebookFormat fitted, int cols) {
        int rows = solved.scales.length;
        short[] codes = new short[rows * cols];
        float[] scales = new float[rows];
        copyInto(solved, fitted, cols, 0, codes, scales);
        return new QuantizedWeights(fitted, Blocks.one(cols), rows, codes, scales, new byte[rows]);
    }

    private static void copyInto(
            KernelRows solved, CodebookFormat fitted, int cols, int from, short[] codes, float[] scales) {
        Codebook codebook = fitted.codebook().orElseThrow();
        for (int i = 0; i < solved.found.length; i++) {
            codebook.copyInto(solved.found[i], codes, from * cols + i * codebook.length());
        }
        for (int i = 0; i < solved.scales.length; i++) {
            scales[from + i] = (float) solved.scales[i];
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String nameFor(int inputs) {
        return name;
    }

    @Override
    public String toString() {
        return "%s on %s".formatted(name, format.name());
    }
}
