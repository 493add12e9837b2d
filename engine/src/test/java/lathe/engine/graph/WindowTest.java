package lathe.engine.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WindowTest {

    private static Node conv(Map<String, Attribute> attributes) {
        return Node.of("conv", "Conv", List.of("x", "w"), List.of("y"), attributes);
    }

    private static Attribute ints(Long... values) {
        return new Attribute.Ints(List.of(values));
    }

    @Test
    void defaultsOfOnnx() {
        Window window = Window.of(conv(Map.of()), new long[] {3, 5});
        assertEquals(2, window.rank());
        assertArrayEquals(new long[] {1, 1}, window.strides());
        assertArrayEquals(new long[] {1, 1}, window.dilations());
        assertEquals(0, window.padBefore(1, 10));
    }

    /** 7 inputs, kernel 4, stride 2: 4 outputs span 10 inputs, so 3 are padding. */
    @Test
    void anOddPaddingGoesToOneSide() {
        Map<String, Attribute> attributes = new HashMap<>(Map.of("strides", ints(2L)));
        attributes.put("auto_pad", new Attribute.Text("SAME_UPPER"));
        assertEquals(1, Window.of(conv(attributes), new long[] {4}).padBefore(0, 7));
        attributes.put("auto_pad", new Attribute.Text("SAME_LOWER"));
        assertEquals(2, Window.of(conv(attributes), new long[] {4}).padBefore(0, 7));
        attributes.put("auto_pad", new Attribute.Text("VALID"));
        assertEquals(0, Window.of(conv(attributes), new long[] {4}).padBefore(0, 7));
    }

    @Test
    void explicitPaddingIsThatBeforeTheAxis() {
        Window window = Window.of(conv(Map.of("pads", ints(1L, 2L, 3L, 4L))), new long[] {3, 3});
        assertEquals(2, window.padBefore(1, 10));
    }

    @Test
    void attributesThatDoNotFitAreRefused() {
        long[] kernel = {3, 3};
        for (Map<String, Attribute> attributes : List.<Map<String, Attribute>>of(
                Map.of("strides", ints(1L)),
                Map.of("strides", ints(0L, 1L)),
                Map.of("dilations", ints(1L, -1L)),
                Map.of("pads", ints(1L, 1L)),
                Map.of("auto_pad", new Attribute.Text("SAME")))) {
            assertThrows(UnsupportedModelException.class, () -> Window.of(conv(attributes), kernel));
        }
    }

    @Test
    void numbersWhoseSumsWouldOverflowAreRefused() {
        long[] kernel = {3};
        for (Map<String, Attribute> attributes : List.<Map<String, Attribute>>of(
                Map.of("strides", ints(1L << 31)),
                Map.of("dilations", ints(Long.MAX_VALUE)),
                Map.of("pads", ints(0L, 1L << 31)),
                Map.of("pads", ints(Long.MIN_VALUE, 0L)))) {
            assertThrows(UnsupportedModelException.class, () -> Window.of(conv(attributes), kernel));
        }
    }
}
