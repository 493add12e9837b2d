package lathe.synth.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CanvasTest {

    private enum Form {
        ELLIPSE,
        RECTANGLE,
        RHOMBUS
    }

    /** A figure, its leaf, and an inside test that knows nothing of spans. */
    private record Figure(Form form, double x, double y, double a, double b, double angle) {
        Leaf leaf() {
            return switch (form) {
                case ELLIPSE -> Leaf.ellipse(x, y, a, b, angle);
                case RECTANGLE -> Leaf.rectangle(x, y, a, b, angle);
                case RHOMBUS -> Leaf.rhombus(x, y, a, b, angle);
            };
        }

        boolean contains(double px, double py) {
            double p = (Math.cos(angle) * (px - x) + Math.sin(angle) * (py - y)) / a;
            double q = (Math.cos(angle) * (py - y) - Math.sin(angle) * (px - x)) / b;
            return switch (form) {
                case ELLIPSE -> Math.hypot(p, q) <= 1;
                case RECTANGLE -> Math.max(Math.abs(p), Math.abs(q)) <= 1;
                case RHOMBUS -> Math.abs(p) + Math.abs(q) <= 1;
            };
        }
    }

    private static List<Figure> figures(long seed, int height, int width) {
        Draws draws = Draws.of(seed, 0);
        List<Figure> figures = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            double angle = i % 5 == 0 ? 0 : draws.uniform(0, Math.PI);
            figures.add(new Figure(
                    Form.values()[i % 3],
                    draws.uniform(-5, width + 5),
                    draws.uniform(-5, height + 5),
                    draws.uniform(0.3, 9),
                    draws.uniform(0.3, 9),
                    angle));
        }
        return figures;
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1,9", "9,1", "31,17", "64,64"})
    void frontToBackEqualsBackToFront(int height, int width) {
        for (long seed = 0; seed < 20; seed++) {
            List<Figure> figures = figures(seed, height, width);
            int[] expected = new int[height * width];
            Arrays.fill(expected, -1);
            for (int i = figures.size() - 1; i >= 0; i--) {
                for (int p = 0; p < expected.length; p++) {
                    int row = p / width;
                    if (figures.get(i).contains(p % width + 0.5, row + 0.5)) {
                        expected[p] = i;
                    }
                }
            }
            int[] painted = new int[height * width];
            int[] times = new int[height * width];
            Canvas canvas = new Canvas(height, width);
            for (int i = 0; i < figures.size(); i++) {
                canvas.cover(figures.get(i).leaf(), brush(painted, times, width, i));
            }
            canvas.coverRest(brush(painted, times, width, -1));
            assertArrayEquals(expected, painted);
            assertTrue(Arrays.stream(times).allMatch(count -> count == 1), "each pixel is painted once");
            assertTrue(canvas.full());
        }
    }

    private static Canvas.Brush brush(int[] painted, int[] times, int width, int colour) {
        return (y, from, to) -> {
            for (int x = from; x < to; x++) {
                painted[y * width + x] = colour;
                times[y * width + x]++;
            }
        };
    }

    @Test
    void aLeafOutsidePaintsNothing() {
        Canvas canvas = new Canvas(8, 8);
        int[] pixels = {0};
        Canvas.Brush count = (y, from, to) -> pixels[0] += to - from;
        canvas.cover(Leaf.ellipse(-20, 4, 5, 5, 0), count);
        canvas.cover(Leaf.rectangle(4, 40, 5, 5, 0), count);
        canvas.cover(Leaf.rhombus(4.1, 4.1, 0.2, 0.2, 0), count);
        assertEquals(0, pixels[0]);
    }
}
