package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CodesTest {

    @ParameterizedTest
    @CsvSource({
        "0.4, 0",
        "0.5, 0",
        "0.6, 1",
        "1.5, 2",
        "2.5, 2",
        "-0.5, 0",
        "-1.5, -2",
        "-2.49, -2",
        "3, 3",
        "3.4, 3",
        "9, 3",
        "-4, -4",
        "-4.6, -4",
        "-Infinity, -4",
        "Infinity, 3",
        "NaN, NaN"
    })
    void isTheNearestWholeNumberBetweenTheBounds(float code, float nearest) {
        assertEquals(nearest, Codes.nearest(code, -4, 3) + 0f);
    }
}
