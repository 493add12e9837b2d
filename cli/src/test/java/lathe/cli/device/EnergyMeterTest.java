package lathe.cli.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class EnergyMeterTest {

    /** A machine whose time passes by what is done. */
    private static final class Machine implements EnergyCounter {
        private double seconds;
        private double joules;
        private final double idleWatts;

        Machine(double idleWatts) {
            this.idleWatts = idleWatts;
        }

        void passes(double time, double work) {
            seconds += time;
            joules += time * idleWatts + work;
        }

        long nanos() {
            return Math.round(1e9 * seconds);
        }

        @Override
        public double joules() {
            return joules;
        }

        @Override
        public String domains() {
            return "all";
        }

        EnergyMeter meter() {
            return EnergyMeter.calibrated(this, this::nanos, () -> passes(0.01, 0));
        }
    }

    @Property(tries = 50)
    void idlePowerAndTheNumberOfRunsDoNotMatter(
            @ForAll @DoubleRange(min = 0, max = 100) double idleWatts,
            @ForAll @IntRange(min = 1, max = 500_000) int microseconds,
            @ForAll @DoubleRange(min = 1, max = 200) double watts) {
        Machine machine = new Machine(idleWatts);
        double seconds = microseconds / 1e6;
        assertEquals(
                watts * seconds,
                machine.meter().joules(() -> machine.passes(seconds, watts * seconds)),
                1e-5 * (watts + idleWatts) * seconds);
    }

    /** Energy of other work in two windows of three, idle and with work. */
    @Test
    void otherWorkInSomeWindowsDoesNotMatter() {
        Machine machine = new Machine(7);
        EnergyMeter meter = EnergyMeter.calibrated(
                machine, machine::nanos, () -> machine.passes(0.02, machine.seconds < 0.15 ? 1 : 0));
        assertEquals(7, meter.idleWatts(), 1e-6);
        double start = machine.seconds;
        double joules = meter.joules(() -> machine.passes(0.01, 0.045 + (machine.seconds - start > 0.11 ? 1 : 0)));
        assertEquals(0.045, joules, 1e-6);
    }

    @Test
    void aCounterThatStandsStillCountsNothing() {
        Machine machine = new Machine(0);
        assertTrue(machine.meter().joules(() -> machine.passes(0.01, 0)) <= 0);
    }
}
