package lathe.cli.device;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

/**
 * Finds the energy of work from a counter of the whole machine. What the machine would have taken in the same time without the
 * work is left out: the rest is what changes when a network gets smaller, however long the machine is idle between runs. Other work
 * on the machine only adds energy, so of several windows the one with the least counts.
 *
 * @param clock nanoseconds since any moment
 * @param idleWatts power of the machine without work
 */
public record EnergyMeter(EnergyCounter counter, LongSupplier clock, double idleWatts) {

    private static final int WINDOWS = 3;
    private static final int IDLE_WINDOWS = 10;

    /** Nanoseconds of a window at least: counters are updated about every millisecond, 1 % of it. */
    private static final long LEAST = 100_000_000;

    private static final long PAUSE = 10_000_000;

    /**
     * Measures the idle power, for a second in which nothing is done here.
     *
     * @throws CounterException if the counter cannot be read
     */
    public static EnergyMeter onIdleMachine(EnergyCounter counter, LongSupplier clock) {
        return calibrated(counter, clock, () -> LockSupport.parkNanos(PAUSE));
    }

    /** The same where something else lets time pass. */
    static EnergyMeter calibrated(EnergyCounter counter, LongSupplier clock, Runnable pause) {
        EnergyMeter total = new EnergyMeter(counter, clock, 0);
        return new EnergyMeter(
                counter, clock, total.least(IDLE_WINDOWS, pause, window -> window.joules() / window.seconds()));
    }

    /**
     * Joules that work takes above idle; not above 0 where it is too little to be counted.
     *
     * @throws CounterException if the counter cannot be read
     */
    public double joules(Runnable work) {
        return least(WINDOWS, work, window -> (window.joules() - idleWatts * window.seconds()) / window.times());
    }

    private record Window(int times, double seconds, double joules) {}

    private double least(int windows, Runnable work, ToDoubleFunction<Window> figure) {
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < windows; i++) {
            least = Math.min(least, figure.applyAsDouble(window(work)));
        }
        return least;
    }

    private Window window(Runnable work) {
        double before = counter.joules();
        long start = clock.getAsLong();
        int times = 0;
        do {
            work.run();
            times++;
        } while (clock.getAsLong() - start < LEAST);
        double seconds = (clock.getAsLong() - start) / 1e9;
        return new Window(times, seconds, counter.joules() - before);
    }
}
