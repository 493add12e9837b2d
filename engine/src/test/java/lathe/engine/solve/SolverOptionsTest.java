package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lathe.engine.grid.WeightFormat;
import org.junit.jupiter.api.Test;

class SolverOptionsTest {

    @Test
    void fractionsAreEquallySpacedFromTheLargestOn() {
        SolverOptions options = new SolverOptions(4, 0.5, 1.1, 1, 0.2, 0);
        assertEquals(1.1, options.fraction(0));
        assertEquals(0.9, options.fraction(1), 1e-15);
        assertEquals(0.5, options.fraction(3), 1e-15);
        assertEquals(1.1, new SolverOptions(1, 0.5, 1.1, 1, 0.2, 0).fraction(0));
    }

    @Test
    void rejectsWhatMakesNoSense() {
        assertThrows(IllegalArgumentException.class, () -> new SolverOptions(0, 0.5, 1, 1, 0.2, 0));
        assertThrows(IllegalArgumentException.class, () -> new SolverOptions(5, 0, 1, 1, 0.2, 0));
        assertThrows(IllegalArgumentException.class, () -> new SolverOptions(5, 1, 0.5, 1, 0.2, 0));
        assertThrows(
                IllegalArgumentException.class, () -> new SolverOptions(5, 1, Double.POSITIVE_INFINITY, 1, 0.2, 0));
        assertThrows(IllegalArgumentException.class, () -> new SolverOptions(5, 0.5, 1, 0, 0.2, 0));
        assertThrows(IllegalArgumentException.class, () -> new SolverOptions(5, 0.5, 1, 1, 0.2, -1));
        assertThrows(IllegalArgumentException.class, () -> new SolverOptions(5, 0.5, 1, 1, 1, 0));
    }

    @Test
    void eightBitsOfManyInputsNeedFewScales() {
        SolverOptions all = SolverOptions.DEFAULT;
        WeightFormat eight = WeightFormat.perChannel(8);
        assertTrue(all.neededFor(eight, 26).scaleCandidates() < all.scaleCandidates());
        assertEquals(all, all.neededFor(eight, 25));
        assertEquals(all, all.neededFor(WeightFormat.perChannel(7), 26));
        SolverOptions few = new SolverOptions(3, 0.9, 0.95, 1, 0, 0);
        assertEquals(few, few.neededFor(eight, 26));
    }
}
