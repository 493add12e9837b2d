package lathe.cli.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RemainingTimeTest {

    private static final long SECOND = 1_000_000_000L;

    private final AtomicLong clock = new AtomicLong(17);

    private String after(long steps, int done, double seconds) {
        RemainingTime time = new RemainingTime(clock::get, steps);
        clock.addAndGet(Math.round(seconds * SECOND));
        for (int i = 0; i < done; i++) {
            time.step();
        }
        return time.text();
    }

    @Test
    void otherStepsTakeAsLongAsThoseDone() {
        assertEquals("about 8 s left", after(5, 1, 2));
        assertEquals("about 3 s left", after(5, 2, 2));
        assertEquals("about 119 s left", after(120, 1, 1));
        assertEquals("about 2 min left", after(121, 1, 1));
        assertEquals("about 100 min left", after(101, 1, 60));
        assertEquals("about 1 s left", after(100, 99, 0));
    }

    @Test
    void nothingIsSaidBeforeTheFirstStepAndAfterTheLast() {
        assertEquals("", after(5, 0, 100));
        assertEquals("", after(5, 5, 100));
        assertEquals("", after(1, 1, 0));
    }
}
