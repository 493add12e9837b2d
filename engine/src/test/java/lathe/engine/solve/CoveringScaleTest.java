package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertEquals;

import lathe.engine.grid.WeightFormat;
import org.junit.jupiter.api.Test;

class CoveringScaleTest {

    private static final WeightFormat SYMMETRIC = WeightFormat.perChannel(4);
    private static final WeightFormat ASYMMETRIC = SYMMETRIC.asymmetric();

    /** Codes go from -8 to 7. */
    @Test
    void withoutAZeroPointTheStepHoldsBothEnds() {
        assertEquals(new CoveringScale(1, 0), CoveringScale.covering(SYMMETRIC, -8, 3.5, Math::rint));
        assertEquals(new CoveringScale(0.5, 0), CoveringScale.covering(SYMMETRIC, -2, 3.5, Math::rint));
        assertEquals(new CoveringScale(0, 0), CoveringScale.covering(SYMMETRIC, 0, 0, Math::rint));
    }

    @Test
    void withAZeroPointAllCodesAreUsed() {
        assertEquals(new CoveringScale(1, -7), CoveringScale.covering(ASYMMETRIC, -1, 14, Math::rint));
        assertEquals(new CoveringScale(2, -8), CoveringScale.covering(ASYMMETRIC, 0, 30, Math::rint));
        assertEquals(new CoveringScale(2, 7), CoveringScale.covering(ASYMMETRIC, -30, 0, Math::rint));
        assertEquals(new CoveringScale(0, 0), CoveringScale.covering(ASYMMETRIC, 0, 0, Math::rint));
    }

    /** -1.2 to 1.8 in three scales of 1: the zero point lies at -2 + 1.2. */
    @Test
    void theZeroPointMayRoundToEitherSide() {
        WeightFormat format = WeightFormat.perChannel(2).asymmetric();
        assertEquals(new CoveringScale(1, -1), CoveringScale.covering(format, -1.2, 1.8, Math::floor));
        assertEquals(new CoveringScale(1, 0), CoveringScale.covering(format, -1.2, 1.8, Math::ceil));
    }
}
