package lathe.engine.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Float16Test {

    /** Rows of the tables of examples in IEEE 754 texts, and the ties and ends of ranges. */
    @ParameterizedTest
    @CsvSource({
        "1, 3c00",
        "-2, c000",
        "0.333251953125, 3555",
        "65504, 7bff",
        "65519, 7bff",
        "65520, 7c00",
        "-1e9, fc00",
        "6.103515625e-5, 0400",
        "6.097555160522461e-5, 03ff",
        "5.960464477539063e-8, 0001",
        "2.980232238769531e-8, 0000",
        "2.99e-8, 0001",
        "-0.0, 8000",
        "2049, 6800",
        "2051, 6802",
        "Infinity, 7c00",
        "NaN, 7e00"
    })
    void knownNumbers(float value, String bits) {
        assertEquals(bits, "%04x".formatted(Float16.of(value) & 0xffff));
    }

    @Test
    void everyHalfIsItsOwnNearest() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = Float16.toFloat((short) bits);
            if (!Float.isNaN(value)) {
                assertEquals((short) bits, Float16.of(value));
            }
        }
    }

    @Property
    void noHalfIsNearer(@ForAll @FloatRange(min = -65504, max = 65504) float value) {
        short half = Float16.of(value);
        double error = Math.abs((double) Float16.toFloat(half) - value);
        for (int other : new int[] {half - 1, half + 1}) {
            float next = Float16.toFloat((short) other);
            assertTrue(!Float.isFinite(next) || error <= Math.abs((double) next - value), () -> value + " as " + half);
        }
    }
}
