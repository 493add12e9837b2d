package lathe.cli.shell;

import java.util.function.LongSupplier;

/** How long a stage is still going to take, if its other steps take as long as those done. Not thread-safe. */
final class RemainingTime {

    private static final long MINUTE = 60;

    private final LongSupplier nanos;
    private final long steps;
    private final long start;
    private long done;

    /**
     * @param nanos a clock
     * @param steps of the stage, which begins now
     */
    RemainingTime(LongSupplier nanos, long steps) {
        this.nanos = nanos;
        this.steps = steps;
        this.start = nanos.getAsLong();
    }

    /** One more step is done. */
    void step() {
        done++;
    }

    /** In words: {@code about 8 s left}; empty before the first step and after the last. */
    String text() {
        if (done < 1 || done >= steps) {
            return "";
        }
        double perStep = (nanos.getAsLong() - start) / 1e9 / done;
        long seconds = Math.max(1, Math.round(perStep * (steps - done)));
        return seconds < 2 * MINUTE
                ? "about %d s left".formatted(seconds)
                : "about %d min left".formatted(Math.round((double) seconds / MINUTE));
    }
}
