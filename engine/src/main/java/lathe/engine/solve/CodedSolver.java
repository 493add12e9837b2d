package lathe.engine.solve;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import lathe.engine.grid.CodedFormat;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.linalg.GramMatrix;

/**
 * Rounds to integers of one step a group, which an entropy coder then stores. With H = R Rᵀ, GPTQ leaves
 * Σ_j R_jj² s² / 12 of an output on average, whatever the weights, so the step of a group with N weights follows from the SNR
 * q that its output is to have: s² = 12 e / (q N h), e = tr(W C Wᵀ), C = H - E[x] E[x]ᵀ, h the mean of R_jj². Immutable.
 */
final class CodedSolver implements LayerSolver {

    /** Outputs in memory at a time. */
    private static final int ROWS = 512;

    private final CodedFormat format;
    private final BlockwiseSolver groupSolver;

    /** @param groupSolver solves a group with a given scale */
    CodedSolver(CodedFormat format, BlockwiseSolver groupSolver) {
        this.format = format;
        this.groupSolver = groupSolver;
    }

    @Override
    public List<QuantizedWeights> solve(List<LayerProblem> groups) {
        return groups.stream()
                .map(group -> groupSolver.solve(group, Optional.of(new CoveringScale(step(group), 0))))
                .toList();
    }

    /** The step, of 11 bits, so that it is exact in half precision, too; at least what the largest weight needs. */
    private float step(LayerProblem problem) {
        double weights = (double) problem.weights().rows() * problem.weights().cols();
        double wanted = Math.sqrt(
                12 * variance(problem) * Math.pow(10, -format.decibels() / 10) / (weights * noise(problem.gram())));
        double least = CoveringScale.covering(format, List.of(problem)).scale();
        float step = (float) Math.max(wanted, least);
        if (!(step >= Float.MIN_NORMAL)) {
            return 1;
        }
        float unit = Math.scalb(1f, Math.getExponent(step) - 10);
        return (float) Math.ceil(step / unit) * unit;
    }

    /** e: of all outputs, some at a time. */
    private static double variance(LayerProblem problem) {
        int cols = problem.weights().cols();
        double variance = 0;
        for (int from = 0; from < problem.weights().rows(); from += ROWS) {
            int to = Math.min(problem.weights().rows(), from + ROWS);
            double[] weights = problem.weights().rows(from, to);
            for (double energy : problem.gram().energies(weights, to - from)) {
                variance += energy;
            }
            for (int row = 0; row < to - from; row++) {
                double mean = 0;
                for (int col = 0; col < cols; col++) {
                    mean += weights[row * cols + col] * problem.mean()[col];
                }
                variance -= mean * mean;
            }
        }
        return Math.max(0, variance);
    }

    /** h: the mean of R_jj², or of the inputs' powers where no error reaches another input. */
    private static double noise(GramMatrix gram) {
        return Gptq.factor(gram)
                .map(found -> IntStream.range(0, gram.order())
                        .mapToDouble(
                                j -> found.factor().pivot(j) * found.factor().pivot(j))
                        .average()
                        .orElse(1))
                .orElse(gram.meanDiagonal());
    }

    @Override
    public String name() {
        return groupSolver.name();
    }

    @Override
    public String nameFor(int inputs) {
        return groupSolver.nameFor(inputs);
    }
}
