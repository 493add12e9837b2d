package lathe.engine.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The most inputs of which all of H is gathered follow from its work and its memory. */
class WorkBudgetTest {

    @Test
    void theLargestMatrixIsTheLastThatKeepsBothLimits() {
        assertTrue(keeps(GramMatrix.LARGEST_WHOLE));
        assertTrue(!keeps(GramMatrix.LARGEST_WHOLE + 1));
    }

    @Test
    void languageModelsOfSevenBillionParametersAreWithin() {
        assertTrue(GramMatrix.LARGEST_WHOLE >= 11_008);
        assertEquals(11_180, GramMatrix.LARGEST_WHOLE);
    }

    private static boolean keeps(long order) {
        return order * order * order <= GramMatrix.MOST_WORK && order * order * Double.BYTES <= GramMatrix.MOST_BYTES;
    }
}
