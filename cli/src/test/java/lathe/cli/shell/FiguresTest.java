package lathe.cli.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiguresTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "999, 999 B",
        "1000, 1.00 kB",
        "999499, 999 kB",
        "999500, 1.00 MB",
        "14021337, 14.0 MB",
        "123456789012, 123 GB"
    })
    void bytesTakeThreeDigits(long bytes, String text) {
        assertEquals(text, Figures.bytes(bytes));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1e-9, <0.0001", "0.00012, 0.0120", "0.0123, 1.23", "0.5, 50.0"})
    void smallSharesKeepTheirDigits(double share, String text) {
        assertEquals(text, Figures.smallPercent(share));
    }

    @Test
    void longNamesLoseTheirMiddle() {
        String name = Figures.name("/features/features.1/conv/" + "x".repeat(40) + "/Conv");
        assertEquals(44, name.length());
        assertEquals("/features/fe", name.substring(0, 12));
        assertEquals("/Conv", name.substring(39));
    }

    @Test
    void shapesAndCounts() {
        assertEquals("32x3x3x3", Figures.shape(List.of(32L, 3L, 3L, 3L)));
        assertEquals("scalar", Figures.shape(List.of()));
        assertEquals("1 layer", Figures.plural(1, "layer"));
        assertEquals("1,234 layers", Figures.plural(1234, "layer"));
        assertEquals("exact", Figures.decibels(Double.POSITIVE_INFINITY));
    }
}
