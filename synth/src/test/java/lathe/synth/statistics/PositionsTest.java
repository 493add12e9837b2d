package lathe.synth.statistics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class PositionsTest {

    @Property(tries = 300)
    void positionsRiseAndAreAsManyAsThereCanBe(
            @ForAll @LongRange(max = 5000) long available,
            @ForAll @LongRange(max = 5000) long wanted,
            @ForAll long seed) {
        long[] positions = Positions.draw(available, wanted, seed);
        assertEquals(Math.min(available, wanted), positions.length);
        for (int i = 0; i < positions.length; i++) {
            assertTrue(positions[i] >= 0 && positions[i] < available);
            assertTrue(i == 0 || positions[i - 1] < positions[i]);
        }
        assertArrayEquals(positions, Positions.draw(available, wanted, seed));
    }

    @Property(tries = 50)
    void allPositionsAreTakenWhereNoMoreAreThereThanWanted(@ForAll @LongRange(max = 500) long available) {
        assertArrayEquals(LongStream.range(0, available).toArray(), Positions.draw(available, available, 1));
    }

    @Property(tries = 50)
    void layersAndChunksGetPositionsOfTheirOwn(@ForAll long seed, @ForAll @IntRange(max = 1000) int sample) {
        long[] positions = Positions.draw(1_000_000, 50, Positions.seed(seed, "conv1", sample));
        assertFalse(Arrays.equals(positions, Positions.draw(1_000_000, 50, Positions.seed(seed, "conv2", sample))));
        assertFalse(Arrays.equals(positions, Positions.draw(1_000_000, 50, Positions.seed(seed, "conv1", sample + 1))));
        assertFalse(Arrays.equals(positions, Positions.draw(1_000_000, 50, Positions.seed(seed + 1, "conv1", sample))));
    }

    @Property(tries = 100)
    void sharesOfChunksAddUp(
            @ForAll @IntRange(min = 1, max = 100) int total, @ForAll @IntRange(min = 1, max = 9) int size) {
        long sum = 0;
        for (int from = 0; from < total; from += size) {
            sum += new Sink.Chunk(from / size, from, Math.min(size, total - from), total).share(8192);
        }
        assertEquals(8192, sum);
    }
}
