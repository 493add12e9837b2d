package lathe.engine.solve;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import lathe.engine.grid.CodedFormat;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.linalg.GramMatrix.OrderedFactor;

/**
 * Rounds to integers of one step a group, which an entropy coder then stores. With H = R Rᵀ, GPTQ leaves
 * Σ_j R_jj² s² / 12 of an output on average, whatever the weights, so the step of a group with N weights follows from the SNR
 * q that its output is to have: s² = 12 e / (q N h), e = tr(W C Wᵀ), C = H - E[x] E[x]ᵀ, h the mean of R_jj². Immutable.
 */
final class CodedSolver implements LayerSolver {

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
        double energy = 0;
        double largest = 0;
        int rows = problem.weights().rows();
        double[] weights = problem.weights().rows(0, rows);
        int cols = problem.weights().cols();
        for (double value : problem.gram().energies(weights, rows)) {
            energy += value;
        }
        for (int row = 0; row < rows; row++) {
            double mean = 0;
            for (int col = 0; col < cols; col++) {
                mean += weights[row * cols + col] * problem.mean()[col];
                largest = Math.max(largest, Math.abs(weights[row * cols + col]));
            }
            energy -= mean * mean;
        }
        double wanted = Math.sqrt(12
                * Math.max(0, energy)
                * Math.pow(10, -format.decibels() / 10)
                / (rows * (double) cols * noise(problem.gram())));
        double least = largest / format.levels().largest();
        float step = (float) Math.max(wanted, least);
        if (!(step >= Float.MIN_NORMAL)) {
            return 1;
        }
        float unit = Math.scalb(1f, Math.getExponent(step) - 10);
        return (float) Math.ceil(step / unit) * unit;
    }

    /** h: the mean of R_jj², or of the inputs' powers where no error reaches another input. */
    private static double noise(GramMatrix gram) {
        Optional<OrderedFactor> factor = gram.isDiagonal() || gram.order() > GramMatrix.LARGEST_WHOLE
                ? Optional.empty()
                : gram.choleskyByFallingDiagonal();
        return factor.map(found -> IntStream.range(0, gram.order())
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
