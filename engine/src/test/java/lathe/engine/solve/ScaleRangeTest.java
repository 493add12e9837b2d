package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import lathe.engine.grid.Blocks;
import lathe.engine.grid.PairBound;
import lathe.engine.grid.WeightFormat;
import org.junit.jupiter.api.Test;

/** Codes of 4 bits, -8 to 7, in two blocks of two columns. */
class ScaleRangeTest {

    private static final WeightFormat FORMAT = WeightFormat.perChannel(4).perBlock(2);
    private static final Blocks BLOCKS = FORMAT.blocks(4, 1);

    private static final CodePairs FREE = CodePairs.of(FORMAT, PairBound.NONE);

    private static ScaleRange scales(double floor, boolean keepsZeros, float... weights) {
        return ScaleRange.of(FORMAT, BLOCKS, weights, floor, keepsZeros, FREE, Math::rint);
    }

    @Test
    void everyBlockHoldsItsLargestWeight() {
        ScaleRange scales = scales(0, false, 3.5f, -1, 0, 14);
        assertArrayEquals(new float[] {0.5f, 2}, scales.scales(1));
        assertArrayEquals(new float[] {0.25f, 1}, scales.scales(0.5));
        assertArrayEquals(new int[2], scales.zeroPoints());
        assertArrayEquals(new float[] {-8, -8, -8, -8}, scales.lowest());
        assertArrayEquals(new float[] {7, 7, 7, 7}, scales.highest());
    }

    @Test
    void stepsAreMultipliedBlockByBlock() {
        assertArrayEquals(new float[] {3, 6}, scales(0, false, 1, 1, 1, 1).times(new float[] {1, 2}, 3));
    }

    @Test
    void columnsTakeTheStepOfTheirBlock() {
        ScaleRange scales = scales(0, false, 1, 1, 1, 1);
        assertArrayEquals(new float[] {3, 3, 5, 5}, scales.perColumn(new float[] {3, 5}));
        assertEquals(0, scales.blockOf(1));
        assertEquals(1, scales.blockOf(2));
    }

    /** Weights from 0 to 15 have all their codes above the zero point, weights from -30 to 0 below it. */
    @Test
    void aZeroPointShiftsTheCodesOfItsBlock() {
        ScaleRange scales =
                ScaleRange.of(FORMAT.asymmetric(), BLOCKS, new float[] {0, 15, -30, 0}, 0, false, FREE, Math::rint);
        assertArrayEquals(new float[] {1, 2}, scales.scales(1));
        assertArrayEquals(new int[] {-8, 7}, scales.zeroPoints());
        assertArrayEquals(new float[] {0, 0, -15, -15}, scales.lowest());
        assertArrayEquals(new float[] {15, 15, 0, 0}, scales.highest());
    }

    @Test
    void zerosThatStayHaveOneCode() {
        ScaleRange scales = scales(0, true, 1, 0, 2, 3);
        assertArrayEquals(new float[] {-8, 0, -8, -8}, scales.lowest());
        assertArrayEquals(new float[] {7, 0, 7, 7}, scales.highest());
    }

    @Test
    void scalesArePositiveAndFinite() {
        ScaleRange free = scales(0, false, 1, 1, 1, 1);
        assertEquals(0.5f, free.legal(0.5));
        assertEquals(1, free.legal(0));
        assertEquals(Float.MIN_VALUE, free.legal(1e-300));
        assertEquals(Float.MAX_VALUE, free.legal(1e300));
    }

    @Test
    void noScaleLiesBelowTheFloor() {
        ScaleRange floored = scales(0.5, false, 1, 1, 1, 1);
        assertEquals(0.5f, floored.legal(0));
        assertEquals(0.5f, floored.legal(0.3));
        assertEquals(0.75f, floored.legal(0.75));
        double betweenFloats = Math.nextUp((double) 3f);
        assertEquals(Math.nextUp(3f), scales(betweenFloats, false, 1, 1, 1, 1).legal(0));
    }

    @Test
    void aSharedScaleIsTheOnlyOne() {
        WeightFormat format = WeightFormat.perChannel(4).perTensor().asymmetric();
        Blocks one = format.blocks(2, 1);
        ScaleRange scales = ScaleRange.shared(format, one, new float[] {9, 0}, new CoveringScale(2, -3), true, FREE);
        assertArrayEquals(new float[] {2}, scales.scales(0.5));
        assertArrayEquals(new float[] {2}, scales.times(new float[] {2}, 3));
        assertArrayEquals(new int[] {-3}, scales.zeroPoints());
        assertArrayEquals(new float[] {-5, 0}, scales.lowest());
        assertArrayEquals(new float[] {10, 0}, scales.highest());
        assertArrayEquals(new float[] {2, 2}, scales.perColumn(new float[] {2}));
        assertEquals(0, scales.blockOf(1));
    }
}
