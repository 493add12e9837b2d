package lathe.engine.solve;

import java.util.List;
import java.util.function.Consumer;
import lathe.engine.grid.QuantGrid;
import lathe.engine.layer.CompressedLayer;
import lathe.engine.layer.LayerProblem;

/**
 * Starts every output from nearest rounding with the scale that just holds its largest weight, and lets improvements
 * work on some outputs at a time, one improvement after the other. An output is never worse than any of them found it.
 * Immutable.
 */
final class BlockwiseSolver implements LayerSolver {

    /** Outputs in memory at a time. */
    private static final int ROWS = 512;

    private final String name;
    private final String nameWhereWide;
    private final QuantGrid grid;
    private final List<Improvement> improvements;

    /** Joins improvements. */
    BlockwiseSolver(String name, QuantGrid grid, Improvement... improvements) {
        this(name, name, grid, improvements);
    }

    /**
     * Joins improvements of which some do nothing to wide layers.
     *
     * @param nameWhereWide the name for layers of more than {@link Gptq#LARGEST_ORDER} inputs
     */
    BlockwiseSolver(String name, String nameWhereWide, QuantGrid grid, Improvement... improvements) {
        this.name = name;
        this.nameWhereWide = nameWhereWide;
        this.grid = grid;
        this.improvements = List.of(improvements);
    }

    @Override
    public CompressedLayer solve(LayerProblem problem) {
        int rows = problem.weights().rows();
        int cols = problem.weights().cols();
        byte[] codes = new byte[rows * cols];
        float[] scales = new float[rows];
        List<Consumer<RowBlock>> steps =
                improvements.stream().map(way -> way.prepare(problem)).toList();
        for (int from = 0; from < rows; from += ROWS) {
            RowBlock block = new RowBlock(grid, problem, from, Math.min(rows, from + ROWS));
            steps.forEach(step -> step.accept(block));
            block.copyInto(codes, scales);
        }
        return new CompressedLayer(grid, rows, cols, codes, scales);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String nameFor(int inputs) {
        return inputs > Gptq.LARGEST_ORDER ? nameWhereWide : name;
    }

    @Override
    public String toString() {
        return "%s on %d to %d".formatted(name, grid.min(), grid.max());
    }
}
