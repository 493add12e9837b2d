package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import lathe.engine.grid.Blocks;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.api.Test;

class RowBlockTest {

    private static final WeightFormat FORMAT = WeightFormat.perChannel(4);
    private static final int[] FIRST = {0};

    private static RowBlock block(WeightFormat format, GramMatrix gram, int cols, float... weights) {
        LayerProblem problem = Problems.of(new WeightMatrix(weights.length / cols, cols, weights), gram);
        return new RowBlock(format, problem, Optional.empty(), Math::rint, 0, weights.length / cols);
    }

    private static RowBlock row(GramMatrix gram, float... weights) {
        return block(FORMAT, gram, weights.length, weights);
    }

    private static float[][] one(float... values) {
        return new float[][] {values};
    }

    @Test
    void startsFromTheNearestCodes() {
        RowBlock block = block(FORMAT, Problems.diagonal(1, 1), 2, 7, -2.4f, 3.5f, 0.7f);
        assertEquals(2, block.rows());
        assertEquals(2, block.cols());
        assertArrayEquals(new float[][] {{1}, {0.5f}}, block.scalesOf(new int[] {0, 1}));
        assertArrayEquals(new float[][] {{7, -2}, {7, 1}}, block.codesOf(new int[] {0, 1}));
        assertEquals(Double.POSITIVE_INFINITY, block.error(0));
        assertArrayEquals(new double[] {7, -2.4f, 3.5f, 0.7f}, block.exactWeights());
        assertArrayEquals(new double[] {0, -0.4, 0, 0.2}, block.currentDifferences(), 1e-6);
    }

    @Test
    void keepsOnlyWhatLowersTheErrorOfAnOutput() {
        RowBlock block = block(FORMAT, Problems.diagonal(1, 4), 2, 1, 1, 1, 1);
        float[][] scales = {{0.5f}, {0.5f}};
        int[] both = {0, 1};
        assertArrayEquals(both, block.offer(both, new float[][] {{2, 1}, {1, 2}}, scales));
        assertEquals(1, block.error(0));
        assertEquals(0.25, block.error(1));
        assertArrayEquals(FIRST, block.offer(both, new float[][] {{1, 2}, {2, 1}}, scales));
        assertEquals(0.25, block.error(0));
        assertEquals(0.25, block.error(1));
        assertArrayEquals(new int[0], block.offer(both, new float[][] {{1, 2}, {1, 2}}, scales), "no better");
        assertArrayEquals(new float[][] {{1, 2}, {1, 2}}, block.codesOf(both));
    }

    @Test
    void whatWasOfferedMayBeChangedAfterwards() {
        RowBlock block = row(Problems.diagonal(1), 1);
        float[][] codes = one(2);
        float[][] scales = one(0.25f);
        block.offer(FIRST, codes, scales);
        codes[0][0] = 5;
        scales[0][0] = 9;
        block.codesOf(FIRST)[0][0] = 7;
        assertArrayEquals(one(2), block.codesOf(FIRST));
        assertArrayEquals(one(0.25f), block.scalesOf(FIRST));
    }

    /** t = w H ŵᵀ / ŵ H ŵᵀ is 1 / 0.75, and (1 * 1 * 1 + 2 * 4 * 1) / (1 + 4). */
    @Test
    void stepsAreFittedToTheCodes() {
        assertEquals(1 / 3f, row(Problems.diagonal(1), 1).fittedScales(FIRST, one(3), one(0.25f))[0][0], 1e-7f);
        RowBlock two = row(Problems.diagonal(1, 4), 1, 2);
        assertEquals(1.8f, two.fittedScales(FIRST, one(1, 1), one(1))[0][0], 1e-6f);
        RowBlock rows = block(FORMAT, Problems.diagonal(1, 4), 2, 3, 3, 1, 2);
        assertEquals(1.8f, rows.fittedScales(new int[] {1}, one(1, 1), one(1))[0][0], 1e-6f);
        assertArrayEquals(
                new float[][] {{1.8f}, {3}},
                rows.fittedScales(new int[] {1, 0}, new float[][] {{1, 1}, {1, 1}}, new float[][] {{1}, {1}}));
    }

    @Test
    void stepsStayWhereNoneFits() {
        RowBlock block = row(Problems.diagonal(1, 4), 1, 2);
        assertArrayEquals(one(0.5f), block.fittedScales(FIRST, one(0, 0), one(0.5f)), "codes of nothing");
        assertArrayEquals(one(0.5f), block.fittedScales(FIRST, one(-1, -1), one(0.5f)), "a factor below 0");
        assertArrayEquals(one(0.5f), block.fittedScales(FIRST, one(8, -1), one(0.5f)), "a factor of 0");
        RowBlock dead = row(Problems.diagonal(0, 0), 1, 2);
        assertArrayEquals(one(0.5f), dead.fittedScales(FIRST, one(1, 1), one(0.5f)), "dead inputs");
    }

    @Test
    void outputsAreUniformIfTheyHaveOneScaleAndFreeZeros() {
        LayerProblem problem = Problems.random(1, 4, 9, 1);
        assertTrue(new RowBlock(FORMAT, problem, Optional.empty(), Math::rint, 0, 1).isUniform());
        assertFalse(new RowBlock(FORMAT.perBlock(2), problem, Optional.empty(), Math::rint, 0, 1).isUniform());
        LayerProblem sparse = Problems.sparse(problem, 2);
        assertFalse(new RowBlock(FORMAT, sparse, Optional.empty(), Math::rint, 0, 1).isUniform());
    }

    /** Outputs 1 and 2 of three, two blocks each: weights of one sign have their zero point at an end of the codes. */
    @Test
    void writesToWhereTheLayerHasTheOutputs() {
        WeightFormat format = FORMAT.perBlock(2).asymmetric();
        float[] weights = {9, 9, 9, 9, 0, 15, -30, 0, 15, 0, 0, 30};
        LayerProblem problem = Problems.of(new WeightMatrix(3, 4, weights), Problems.diagonal(1, 1, 1, 1));
        Blocks blocks = format.blocks(4, 1);
        RowBlock block = new RowBlock(format, problem, Optional.empty(), Math::rint, 1, 3);
        short[] codes = new short[12];
        float[] scales = new float[6];
        byte[] zeroPoints = new byte[6];
        block.copyInto(codes, scales, zeroPoints, blocks);
        assertArrayEquals(new short[] {0, 0, 0, 0, -8, 7, -8, 7, 7, -8, -8, 7}, codes);
        assertArrayEquals(new float[] {0, 0, 1, 2, 1, 2}, scales);
        assertArrayEquals(new byte[] {0, 0, -8, 7, -8, -8}, zeroPoints);
    }
}
