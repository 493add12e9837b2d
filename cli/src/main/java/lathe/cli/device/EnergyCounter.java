package lathe.cli.device;

/** Counts the energy that a machine takes, whatever it does. */
public interface EnergyCounter {

    /**
     * Joules since any moment, the same in all calls.
     *
     * @throws CounterException if they can no longer be counted
     */
    double joules();

    /** What is counted, for people. */
    String domains();
}
