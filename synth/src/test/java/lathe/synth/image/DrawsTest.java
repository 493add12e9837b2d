package lathe.synth.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class DrawsTest {

    private static final int MANY = 200_000;

    @Test
    void normalHasMeanZeroAndDeviationOne() {
        Draws draws = Draws.of(1, 0);
        double sum = 0;
        double squares = 0;
        int within = 0;
        for (int i = 0; i < MANY; i++) {
            double value = draws.normal();
            sum += value;
            squares += value * value;
            within += Math.abs(value) < 1 ? 1 : 0;
        }
        assertEquals(0, sum / MANY, 0.01);
        assertEquals(1, squares / MANY, 0.01);
        assertEquals(0.683, (double) within / MANY, 0.02);
    }

    @Test
    void sizesFallWithTheCube() {
        // P(size > s) = (s^-2 - largest^-2) / (smallest^-2 - largest^-2)
        Draws draws = Draws.of(2, 0);
        int above = 0;
        for (int i = 0; i < MANY; i++) {
            double size = draws.inverseCubeSize(3, 60);
            assertTrue(size >= 3 && size <= 60);
            above += size > 6 ? 1 : 0;
        }
        double expected = (1 / 36.0 - 1 / 3600.0) / (1 / 9.0 - 1 / 3600.0);
        assertEquals(expected, (double) above / MANY, 0.005);
    }

    @Test
    void streamsOfNeighbouringSeedsAndMembersDiffer() {
        double value = Draws.of(5, 5).uniform(0, 1);
        assertEquals(value, Draws.of(5, 5).uniform(0, 1));
        assertNotEquals(value, Draws.of(5, 6).uniform(0, 1));
        assertNotEquals(value, Draws.of(6, 5).uniform(0, 1));
        assertNotEquals(Draws.of(4, 6).uniform(0, 1), Draws.of(6, 4).uniform(0, 1));
    }

    @Test
    void boundsHold() {
        Draws draws = Draws.of(3, 0);
        for (int i = 0; i < 10_000; i++) {
            int below = draws.below(3);
            assertTrue(below >= 0 && below < 3);
            double log = draws.logUniform(0.01, 100);
            assertTrue(log >= 0.01 && log <= 100);
        }
    }
}
