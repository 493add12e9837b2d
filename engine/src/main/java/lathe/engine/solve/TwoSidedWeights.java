package lathe.engine.solve;

import java.util.Arrays;
import lathe.engine.grid.Levels;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;

/**
 * Codes and scales for all outputs of a problem, and their error tr(G E H Eᵀ). Codes are levels without the zero points,
 * which do not change. Immutable by agreement: arrays are not copied.
 *
 * @param problem with the output metric G
 * @param solved whose format, blocks and zero points these weights have
 * @param ranges of the scales that each output may have
 * @param codes outputs x inputs
 * @param scales outputs x blocks
 * @param residuals E H, outputs x inputs, row after row
 * @param error tr(G E H Eᵀ)
 */
record TwoSidedWeights(
        LayerProblem problem,
        QuantizedWeights solved,
        ScaleRange[] ranges,
        float[][] codes,
        float[][] scales,
        double[] residuals,
        double error) {

    /** Outputs taken at a time. */
    static final int ROWS = 128;

    /** Weights as a solver found them. */
    static TwoSidedWeights of(LayerProblem problem, QuantizedWeights solved) {
        int blocks = solved.blocks().count();
        ScaleRange[] ranges = new ScaleRange[solved.rows()];
        CodePairs pairs = CodePairs.of(solved.format(), problem.pairs());
        Levels levels = solved.format().levels();
        float[][] codes = new float[solved.rows()][solved.cols()];
        float[][] scales = new float[solved.rows()][];
        for (int row = 0; row < ranges.length; row++) {
            ranges[row] = ScaleRange.of(problem, solved, row, pairs);
            scales[row] = Arrays.copyOfRange(solved.scales(), row * blocks, (row + 1) * blocks);
            for (int col = 0; col < solved.cols(); col++) {
                int zeroPoint = ranges[row].zeroPoints()[ranges[row].blockOf(col)];
                codes[row][col] = levels.level(solved.codes()[row * solved.cols() + col]) - zeroPoint;
            }
        }
        return of(problem, solved, ranges, codes, scales);
    }

    private static TwoSidedWeights of(
            LayerProblem problem, QuantizedWeights solved, ScaleRange[] ranges, float[][] codes, float[][] scales) {
        int cols = solved.cols();
        double[] differences = new double[codes.length * cols];
        for (int row = 0; row < codes.length; row++) {
            float[] exact = problem.weights().floatRow(row);
            float[] scale = ranges[row].perColumn(scales[row]);
            for (int col = 0; col < cols; col++) {
                differences[row * cols + col] = exact[col] - scale[col] * codes[row][col];
            }
        }
        double[] residuals = problem.gram().times(differences, codes.length);
        double error = 0;
        for (int from = 0; from < codes.length; from += ROWS) {
            int[] chosen = rows(from, Math.min(codes.length, from + ROWS));
            double[] weighted = problem.outputMetric().rowsTimes(chosen, residuals, cols);
            for (int i = 0; i < weighted.length; i++) {
                error += weighted[i] * differences[from * cols + i];
            }
        }
        return new TwoSidedWeights(problem, solved, ranges, codes, scales, residuals, error);
    }

    private static int[] rows(int from, int to) {
        int[] rows = new int[to - from];
        Arrays.setAll(rows, row -> from + row);
        return rows;
    }

    /** Other codes and scales for the same problem. */
    TwoSidedWeights with(float[][] newCodes, float[][] newScales) {
        return of(problem, solved, ranges, newCodes, newScales);
    }

    /** A copy of the codes. */
    float[][] copiedCodes() {
        float[][] copy = new float[codes.length][];
        Arrays.setAll(copy, row -> codes[row].clone());
        return copy;
    }

    /** As they are stored. */
    QuantizedWeights quantized() {
        int blocks = solved.blocks().count();
        Levels levels = solved.format().levels();
        short[] stored = new short[codes.length * solved.cols()];
        float[] allSteps = new float[codes.length * blocks];
        for (int row = 0; row < codes.length; row++) {
            System.arraycopy(scales[row], 0, allSteps, row * blocks, blocks);
            for (int col = 0; col < solved.cols(); col++) {
                int zeroPoint = ranges[row].zeroPoints()[ranges[row].blockOf(col)];
                stored[row * solved.cols() + col] = levels.code(codes[row][col] + zeroPoint);
            }
        }
        return new QuantizedWeights(
                solved.format(), solved.blocks(), codes.length, stored, allSteps, solved.zeroPoints());
    }
}
