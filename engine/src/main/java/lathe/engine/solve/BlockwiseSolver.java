package lathe.engine.solve;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import lathe.engine.grid.Blocks;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.linalg.GramMatrix;

/**
 * Starts every output from round to nearest with the scale that just holds its largest weight, and lets improvements
 * work on some outputs at a time, one improvement after the other. No output is worse than with any of them alone.
 * Immutable.
 */
final class BlockwiseSolver implements LayerSolver {

    /** Outputs in memory at a time. */
    private static final int ROWS = 512;

    private final String name;
    private final String nameWhereWide;
    private final WeightFormat format;
    private final List<Improvement> improvements;

    /**
     * Joins improvements of which some do nothing to wide layers.
     *
     * @param nameWhereWide the name for layers of more than {@link GramMatrix#LARGEST_WHOLE} inputs
     */
    BlockwiseSolver(String name, String nameWhereWide, WeightFormat format, List<Improvement> improvements) {
        this.name = name;
        this.nameWhereWide = nameWhereWide;
        this.format = format;
        this.improvements = List.copyOf(improvements);
    }

    @Override
    public List<QuantizedWeights> solve(List<LayerProblem> groups) {
        return groups.stream().map(group -> solve(group, Optional.empty())).toList();
    }

    /** Solves one group, all outputs with the same scale where one is given. */
    QuantizedWeights solve(LayerProblem problem, Optional<CoveringScale> shared) {
        int rows = problem.weights().rows();
        Blocks blocks = format.blocks(problem.weights().cols(), problem.taps());
        short[] codes = new short[rows * blocks.cols()];
        float[] scales = new float[rows * blocks.count()];
        byte[] zeroPoints = new byte[scales.length];
        List<Consumer<RowBlock>> steps =
                improvements.stream().map(way -> way.prepare(problem)).toList();
        for (int from = 0; from < rows; from += ROWS) {
            int to = Math.min(rows, from + ROWS);
            RowBlock block = new RowBlock(format, problem, shared, Math::rint, from, to);
            steps.forEach(step -> step.accept(block));
            if (!format.symmetric() && shared.isEmpty()) {
                RowBlock other = new RowBlock(format, problem, shared, BlockwiseSolver::otherNeighbour, from, to);
                steps.forEach(step -> step.accept(other));
                block.keepBetter(other);
            }
            block.copyInto(codes, scales, zeroPoints, blocks);
        }
        return new QuantizedWeights(format, blocks, rows, codes, scales, zeroPoints);
    }

    /** The ideal zero point lies between two integers; with few codes both are tried. */
    private static double otherNeighbour(double zeroPoint) {
        return Math.floor(zeroPoint) + Math.ceil(zeroPoint) - Math.rint(zeroPoint);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String nameFor(int inputs) {
        return inputs > GramMatrix.LARGEST_WHOLE ? nameWhereWide : name;
    }

    @Override
    public String toString() {
        return "%s on %s".formatted(name, format.name());
    }
}
