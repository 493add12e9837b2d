package lathe.engine.prune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.api.Test;

class MaskTest {

    private static Mask checkered(int rows, int cols) {
        BitSet bits = new BitSet();
        for (int i = 0; i < rows * cols; i += 2) {
            bits.set(i);
        }
        return new Mask(rows, cols, bits);
    }

    @Test
    void countsRemainingWeightsAndZeros() {
        Mask mask = checkered(3, 3);
        assertEquals(5, mask.remaining());
        assertEquals(4, mask.zeros());
        assertTrue(mask.keeps(1, 1));
        assertFalse(mask.keeps(1, 2));
        assertArrayEquals(new int[] {0, 2}, mask.remaining(0));
    }

    @Test
    void fullKeepsAll() {
        assertEquals(6, Mask.full(2, 3).remaining());
        assertEquals(0, Mask.full(0, 3).remaining());
        assertEquals(0, Mask.full(2, 3).zeros());
    }

    @Test
    void rowsAreThoseOfAGroup() {
        Mask part = checkered(3, 3).rows(1, 3);
        assertEquals(2, part.rows());
        assertArrayEquals(new int[] {1}, part.remaining(0));
        assertArrayEquals(new int[] {0, 2}, part.remaining(1));
    }

    @Test
    void applyingItZeroesTheRest() {
        WeightMatrix masked = checkered(2, 2).applyTo(new WeightMatrix(2, 2, new float[] {1, 2, 3, 4}));
        assertArrayEquals(new float[] {1, 0}, masked.floatRow(0));
        assertArrayEquals(new float[] {3, 0}, masked.floatRow(1));
    }

    @Test
    void rejectsWeightsOfAnotherShape() {
        WeightMatrix weights = new WeightMatrix(2, 3, new float[6]);
        assertThrows(IllegalArgumentException.class, () -> checkered(3, 2).applyTo(weights));
        assertThrows(IllegalArgumentException.class, () -> new PrunedWeights(checkered(3, 2), weights));
        BitSet tooMany = new BitSet();
        tooMany.set(6);
        assertThrows(IllegalArgumentException.class, () -> new Mask(2, 3, tooMany));
    }

    @Test
    void isComparedByValue() {
        assertEquals(checkered(2, 2), checkered(2, 2));
        assertEquals(checkered(2, 2).hashCode(), checkered(2, 2).hashCode());
        assertNotEquals(checkered(2, 2), checkered(4, 1));
        assertNotEquals(checkered(2, 2), Mask.full(2, 2));
    }
}
