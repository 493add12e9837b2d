package lathe.engine.grid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PairBoundTest {

    /** The kernel reads tap after tap, all channels of each. */
    @Property(tries = 200, seed = "1")
    void partnersAreNeighboursInTheOrderOfTheKernel(
            @ForAll @IntRange(min = 1, max = 20) int channels, @ForAll @IntRange(min = 1, max = 25) int taps) {
        PairBound bound = PairBound.of(channels * taps, taps, 255);
        int[] columns = new int[channels * taps];
        for (int place = 0; place < columns.length; place++) {
            columns[place] = place % channels * taps + place / channels;
        }
        for (int place = 0; place < columns.length; place++) {
            int other = place % 2 == 0 ? place + 1 : place - 1;
            assertEquals(other < columns.length ? columns[other] : -1, bound.partner(columns[place]));
        }
    }

    @Property(tries = 200, seed = "2")
    void productsOfAPairFit16Bits(@ForAll @IntRange(min = 1, max = 255) int largest) {
        int most = PairBound.of(2, 1, largest).most();
        assertTrue(most * largest <= Short.MAX_VALUE);
        assertTrue((most + 1) * largest > Short.MAX_VALUE);
    }

    @Property(tries = 200, seed = "3")
    void anyTwoCodesWithinKeepTheBound(
            @ForAll @IntRange(min = 2, max = 8) int bits, @ForAll @IntRange(min = 1, max = 255) int largest) {
        PairBound bound = PairBound.of(4, 1, largest);
        QuantGrid within = bound.within(QuantGrid.signed(bits));
        assertTrue(2 * within.max() <= bound.most());
        assertTrue(-2 * within.min() <= bound.most());
        assertEquals(bits, within.bits());
    }

    @Test
    void onlyCodesOfEightBitsBreakTheBoundOfFullActivations() {
        PairBound bound = PairBound.of(4, 1, 255);
        assertTrue(bound.binds(QuantGrid.symmetric(8)));
        assertFalse(bound.binds(QuantGrid.signed(7)));
        assertFalse(PairBound.of(4, 1, 127).binds(QuantGrid.symmetric(8)));
        assertFalse(PairBound.of(1, 1, 255).binds(QuantGrid.symmetric(8)), "one input has no neighbour");
        assertFalse(PairBound.NONE.binds(QuantGrid.signed(8)));
    }

    @Test
    void theStricterOfTwoHolds() {
        PairBound strict = PairBound.of(4, 1, 255);
        assertSame(strict, PairBound.NONE.and(strict));
        assertSame(strict, strict.and(PairBound.NONE));
        assertSame(strict, strict.and(PairBound.of(4, 1, 15)));
    }

    @Test
    void columnsAreWholeKernels() {
        assertThrows(IllegalArgumentException.class, () -> PairBound.of(10, 3, 255));
    }
}
