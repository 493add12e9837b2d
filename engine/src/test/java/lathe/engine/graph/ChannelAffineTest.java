package lathe.engine.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelAffineTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5})
    void identityScalesByOneAndShiftsByNothing(int channels) {
        ChannelAffine identity = ChannelAffine.identity(channels);
        assertEquals(channels, identity.channels());
        assertArrayEquals(new double[channels], identity.shift());
        for (double scale : identity.scale()) {
            assertEquals(1, scale);
        }
    }

    @Test
    void asManyScalesAsShifts() {
        IllegalArgumentException thrown =
                assertThrows(IllegalArgumentException.class, () -> new ChannelAffine(new double[3], new double[2]));
        assertEquals("3 channel scales, 2 shifts", thrown.getMessage());
    }
}
