package lathe.engine.grid;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CodebookTest {

    /** Kernels of up to 9 taps as they are, larger ones in parts, 4 channels where there is no kernel; 0 for none. */
    @ParameterizedTest
    @CsvSource({
        "144, 9, 9", // 3 x 3
        "200, 25, 5", // 5 x 5, by rows
        "98, 49, 7", // 7 x 7, by rows
        "56, 7, 7", // 1 x 7
        "64, 1, 4",
        "64, 2, 4", // 1 x 2: two channels
        "66, 1, 3",
        "65, 1, 0",
        "27, 9, 0", // three kernels
        "110, 11, 0",
        "9, 9, 0" // depthwise
    })
    void vectorsAreKernelsOrPartsOfThem(int cols, int taps, int length) {
        assertEquals(length, Codebook.length(cols, taps).orElse(0));
    }

    static Codebook random(int length, int tables, long seed) {
        Random random = new Random(seed);
        byte[][] numbers = new byte[tables][Codebook.ENTRIES * length];
        for (byte[] table : numbers) {
            random.nextBytes(table);
        }
        return new Codebook(length, numbers, 50);
    }

    @Property(tries = 30, seed = "1")
    void findsEveryVectorItWrites(
            @ForAll @IntRange(min = 3, max = 9) int length,
            @ForAll @IntRange(min = 1, max = 2) int tables,
            @ForAll @IntRange(max = 1000) int seed) {
        Codebook codebook = random(length, tables, seed);
        short[] codes = new short[2 * length];
        short[] again = new short[2 * length];
        int count = tables == 1 ? Codebook.ENTRIES : Codebook.ENTRIES * Codebook.ENTRIES;
        for (int index = seed % 7; index < count; index += 97) {
            codebook.copyInto(index, codes, length);
            codebook.copyInto(codebook.index(codes, length), again, length);
            assertArrayEquals(codes, again);
        }
    }

    @Test
    void aVectorOfTwoTablesIsASum() {
        Codebook codebook = random(4, 2, 3);
        short[] codes = new short[4];
        codebook.copyInto(7 + 256 * 9, codes, 0);
        for (int i = 0; i < 4; i++) {
            assertEquals(codebook.table(0)[7 * 4 + i] + codebook.table(1)[9 * 4 + i], codes[i]);
        }
    }

    @Test
    void refusesWhatItDoesNotHave() {
        Codebook codebook = new Codebook(3, new byte[1][Codebook.ENTRIES * 3], 1);
        assertEquals(0, codebook.index(new short[3], 0));
        assertThrows(IllegalArgumentException.class, () -> codebook.index(new short[] {0, 1, 0}, 0));
        assertThrows(IllegalArgumentException.class, () -> new Codebook(3, new byte[3][Codebook.ENTRIES * 3], 1));
        assertThrows(IllegalArgumentException.class, () -> new Codebook(3, new byte[1][Codebook.ENTRIES], 1));
        assertThrows(IllegalArgumentException.class, () -> new Codebook(3, new byte[1][Codebook.ENTRIES * 3], 0));
        assertThrows(IllegalArgumentException.class, () -> CodebookFormat.of(3));
        assertThrows(IllegalArgumentException.class, () -> new CodebookFormat(2, Optional.of(codebook)));
    }

    /** Formats are keys: of solutions, and of what layers share in a file. */
    @Test
    void codebooksOfTheSameNumbersAreEqual() {
        CodebookFormat format = CodebookFormat.of(1);
        assertEquals(format.with(random(9, 1, 5)), format.with(random(9, 1, 5)));
        assertEquals(
                2,
                Arrays.asList(random(9, 1, 5), random(9, 1, 6)).stream()
                        .distinct()
                        .count());
    }
}
