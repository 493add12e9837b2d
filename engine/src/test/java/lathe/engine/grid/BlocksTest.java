package lathe.engine.grid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BlocksTest {

    /** The scale of weight [c, tap] in a tensor of ceil(channels / block) x taps scales, as ONNX lays them out. */
    @Property(tries = 200, seed = "1")
    void agreesWithTheLayoutOfOnnx(
            @ForAll @IntRange(min = 1, max = 40) int channels,
            @ForAll @IntRange(min = 1, max = 9) int taps,
            @ForAll @IntRange(min = 1, max = 40) int block) {
        Blocks blocks = new Blocks(channels * taps, taps, block);
        assertEquals((channels + block - 1) / block * taps, blocks.count());
        float[] scales = new float[blocks.count()];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = i;
        }
        float[] spread = new float[channels * taps];
        blocks.spread(scales, spread);
        for (int channel = 0; channel < channels; channel++) {
            for (int tap = 0; tap < taps; tap++) {
                int scale = channel / block * taps + tap;
                assertEquals(scale, blocks.of(channel * taps + tap));
                assertEquals(scale, spread[channel * taps + tap]);
            }
        }
    }

    @Test
    void oneBlockHoldsEverything() {
        assertTrue(Blocks.one(0).isOne());
        assertTrue(Blocks.one(7).isOne());
        assertEquals(0, Blocks.one(7).of(6));
    }

    @Test
    void aLayerNarrowerThanABlockHasOneScaleAnOutput() {
        WeightFormat format = WeightFormat.perChannel(4).perBlock(16);
        assertEquals(1, format.blocks(15 * 9, 9).count());
        assertEquals(9, format.blocks(16 * 9, 9).count());
        assertEquals(18, format.blocks(17 * 9, 9).count());
    }

    @Test
    void refusesWhatMakesNoSense() {
        assertThrows(IllegalArgumentException.class, () -> new Blocks(10, 3, 1));
        assertThrows(IllegalArgumentException.class, () -> new Blocks(9, 3, 0));
        assertThrows(
                IllegalArgumentException.class,
                () -> new AffineFormat(QuantGrid.signed(4), true, WeightFormat.Sharing.CHANNEL, 16));
    }

    @Test
    void formatsDifferInTheirCodes() {
        assertEquals(-127, WeightFormat.perChannel(8).grid().min());
        assertEquals(-8, WeightFormat.perChannel(4).grid().min());
        assertEquals(
                -128, WeightFormat.perChannel(4).asymmetric().withBits(8).grid().min());
        assertEquals(4, WeightFormat.perChannel(8).perBlock(32).withBits(4).bits());
    }
}
