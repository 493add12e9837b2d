package lathe.synth.refine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class AdamTest {

    @Test
    void theFirstStepHasTheLengthOfTheRateWhateverTheGradient() {
        float[] parameters = {0.5f, 0.5f, 0.5f};
        new Adam(3).step(parameters, new float[] {1e-3f, -40, 0}, 0.1);
        assertArrayEquals(new float[] {0.4f, 0.6f, 0.5f}, parameters, 1e-5f);
    }

    @Test
    void findsTheMinimumOfASquare() {
        float[] parameters = {0.9f};
        Adam adam = new Adam(1);
        for (int step = 0; step < 400; step++) {
            adam.step(parameters, new float[] {parameters[0] - 0.3f}, 0.02);
        }
        assertEquals(0.3f, parameters[0], 1e-2f);
    }

    @Test
    void staysInTheRangeOfPixels() {
        float[] parameters = {0.95f, 0.05f};
        Adam adam = new Adam(2);
        for (int step = 0; step < 5; step++) {
            adam.step(parameters, new float[] {-1, 1}, 0.1);
        }
        assertArrayEquals(new float[] {1, 0}, parameters);
    }
}
