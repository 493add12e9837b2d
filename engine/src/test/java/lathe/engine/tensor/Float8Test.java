package lathe.engine.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

class Float8Test {

    @ParameterizedTest
    @CsvFileSource(resources = "float8.csv")
    void everyCodeIsTheNumberThatOnnxReads(int code, float fine, float wide) {
        assertEquals(fine, Float8.toFloat(ElementType.FLOAT8E4M3FN, (byte) code));
        assertEquals(wide, Float8.toFloat(ElementType.FLOAT8E5M2, (byte) code));
    }

    @Test
    void othersAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> Float8.toFloat(ElementType.FLOAT8E8M0, (byte) 1));
    }
}
