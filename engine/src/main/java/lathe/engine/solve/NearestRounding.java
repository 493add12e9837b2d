package lathe.engine.solve;

import lathe.engine.grid.QuantGrid;
import lathe.engine.layer.CompressedLayer;
import lathe.engine.layer.LayerProblem;
import lathe.engine.tensor.WeightMatrix;

/** Rounds each weight to the nearest code, given a choice of scales. Immutable. */
final class NearestRounding implements LayerSolver {

    private final String name;
    private final QuantGrid grid;
    private final ScaleSearch search;

    NearestRounding(String name, QuantGrid grid, ScaleSearch search) {
        this.name = name;
        this.grid = grid;
        this.search = search;
    }

    @Override
    public CompressedLayer solve(LayerProblem problem) {
        WeightMatrix weights = problem.weights();
        float[] scales = search.scales(problem);
        byte[] codes = new byte[weights.rows() * weights.cols()];
        for (int row = 0; row < weights.rows(); row++) {
            for (int col = 0; col < weights.cols(); col++) {
                codes[row * weights.cols() + col] = (byte) grid.nearest(weights.at(row, col) / (double) scales[row]);
            }
        }
        return new CompressedLayer(grid, weights.rows(), weights.cols(), codes, scales);
    }

    @Override
    public String name() {
        return name;
    }
}
