package lathe.engine.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChannelBlockTest {

    @ParameterizedTest
    @CsvSource({
        "8, 1, 12",
        "8, 8, 12",
        "8, 9, 16",
        "8, 16, 16",
        "8, 56, 60",
        "16, 1, 16",
        "16, 17, 32",
        "1, 5, 5",
        "4, 5, 8"
    })
    void countsWhatKernelsCompute(int size, int channels, double filled) {
        assertEquals(filled, new ChannelBlock(size).filled(channels));
    }

    @Property
    void nothingIsComputedForFewerChannelsThanThereAre(
            @ForAll @IntRange(min = 1, max = 40) int size, @ForAll @IntRange(max = 1000) int channels) {
        ChannelBlock block = new ChannelBlock(size);
        double filled = block.filled(channels);
        assertTrue(filled >= channels && filled < channels + block.wide().size());
        assertTrue(block.filled(channels + 1) >= filled);
        assertEquals(0, block.wide().size() % size);
    }
}
