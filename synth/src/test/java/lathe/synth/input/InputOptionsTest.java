package lathe.synth.input;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InputOptionsTest {

    private static final InputOptions DEFAULT = InputOptions.DEFAULT;

    @Test
    void readsShapesWithAndWithoutName() {
        InputOptions options = DEFAULT.withShapes(List.of("1,3,224,224", "left:0:?, 3,48,320"));
        assertArrayEquals(new long[] {1, 3, 224, 224}, options.shapes().get(""));
        assertArrayEquals(new long[] {-1, 3, 48, 320}, options.shapes().get("left:0"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1,3,x,224", "1,,3", "1,3,0,4", "-1,3", "a:", "1x3x224", "9999999999999999999"})
    void refusesWhatIsNoShape(String text) {
        InputException refused = assertThrows(InputException.class, () -> DEFAULT.withShapes(List.of(text)));
        String message = refused.getMessage();
        assertEquals(InputException.Setting.SHAPE, refused.setting());
        assertTrue(message.startsWith(text.isEmpty() ? "input shape: " : "input shape " + text + ": "), message);
        assertEquals(message, refused.message("input shape"));
        assertTrue(refused.message("--shape").startsWith("--shape"), refused.message("--shape"));
        assertTrue(message.lines().count() == 1, message);
    }

    @Test
    void refusesContradictoryScalings() {
        InputOptions ranged = DEFAULT.withInputRange(0, 1);
        assertThrows(IllegalArgumentException.class, () -> DEFAULT.withInputRange(1, 1));
        assertThrows(IllegalArgumentException.class, () -> DEFAULT.withInputRange(0, Float.NaN));
        assertThrows(IllegalArgumentException.class, () -> ranged.withMeanStd(new float[] {0}, new float[] {1}));
        assertThrows(IllegalArgumentException.class, () -> DEFAULT.withMeanStd(new float[] {0, 0}, new float[] {1}));
        assertThrows(IllegalArgumentException.class, () -> DEFAULT.withMeanStd(new float[] {0}, new float[] {0}));
        assertThrows(IllegalArgumentException.class, () -> DEFAULT.withImages(0));
    }

    @Test
    void keepsWhatItIsGiven() {
        InputOptions options =
                DEFAULT.withSeed(5).withImages(7).withKind(SynthKind.NOISE).withInputRange(-1, 1);
        assertEquals(5, options.seed());
        assertEquals(7, options.images());
        assertEquals(SynthKind.NOISE, options.kind());
        assertArrayEquals(new float[] {-1, 1}, options.inputRange().orElseThrow());
    }
}
