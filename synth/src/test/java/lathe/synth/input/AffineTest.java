package lathe.synth.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class AffineTest {

    @Test
    void momentsThatAreNotOneAChannelSayNothing() {
        Affine affine = Affine.identity(3);
        float[] three = {1, 2, 3};
        for (float[] wrong : new float[][] {{}, {1}, {1, 2, 3, 4}}) {
            assertEquals(Optional.empty(), affine.undo(wrong, three));
            assertEquals(Optional.empty(), affine.undo(three, wrong));
        }
        assertTrue(affine.undo(three, three).isPresent());
    }
}
