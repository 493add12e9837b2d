package lathe.engine.thinning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import lathe.engine.layer.ChannelBlock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KindTest {

    /** The shortest steps and the longest ones, until none is left; nothing is read, so channels go as they are numbered. */
    @ParameterizedTest
    @CsvSource({
        "64, 8, '8 8 8 8 8 8 8', '16 16 16 8'",
        "24, 8, '8 8', '8 8'",
        "21, 8, '5 8', '5 8'",
        "16, 8, 8, 8",
        "8, 8, '', ''",
        "5, 2, '1 2', '1 2'",
        "48, 16, '16 16', '16 16'",
        "3, 1, '1 1', '1 1'"
    })
    void leavesWholeBlocks(int channels, int block, String shortest, String longest) {
        assertEquals(shortest, steps(channels, block, true));
        assertEquals(longest, steps(channels, block, false));
    }

    @Test
    void lossIsLookedForAtABlockAndAtHalf() {
        assertArrayEquals(new int[] {8, 32}, kind(64, 8).probes());
        assertArrayEquals(new int[] {8}, kind(16, 8).probes());
        assertArrayEquals(new int[] {5, 8}, kind(21, 8).probes());
        assertArrayEquals(new int[] {1, 48}, kind(96, 1).probes());
    }

    private static Kind kind(int channels, int block) {
        BitSet classes = new BitSet();
        classes.set(3, 3 + channels);
        return new Kind(classes, List.of(), new ChannelBlock(block));
    }

    private static String steps(int channels, int block, boolean shortest) {
        Kind kind = kind(channels, block);
        if (kind.isOpen()) {
            kind.find(List.of(), kind.farthest());
            kind.setLoss(kind.next(), 1);
        }
        List<String> counts = new ArrayList<>();
        int next = 3;
        while (kind.isOpen()) {
            kind.find(List.of(), kind.farthest());
            List<Kind.Step> steps = kind.steps();
            Kind.Step step = steps.get(shortest ? 0 : steps.size() - 1);
            for (int number : step.classes()) {
                assertEquals(next++, number);
            }
            counts.add(String.valueOf(step.classes().size()));
            step.take();
        }
        return String.join(" ", counts);
    }
}
