package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class SolverOptionsTest {

    @Test
    void fractionsAreEquallySpacedFromTheLargestOn() {
        SolverOptions options = new SolverOptions(4, 0.5, 1.1, 1, 0);
        assertEquals(1.1, options.fraction(0));
        assertEquals(0.9, options.fraction(1), 1e-15);
        assertEquals(0.5, options.fraction(3), 1e-15);
        assertEquals(1.1, new SolverOptions(1, 0.5, 1.1, 1, 0).fraction(0));
    }

    @Test
    void rejectsWhatMakesNoSense() {
        assertThrows(IllegalArgumentException.class, () -> new SolverOptions(0, 0.5, 1, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new SolverOptions(5, 0, 1, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new SolverOptions(5, 1, 0.5, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new SolverOptions(5, 1, Double.POSITIVE_INFINITY, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new SolverOptions(5, 0.5, 1, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new SolverOptions(5, 0.5, 1, 1, -1));
    }
}
