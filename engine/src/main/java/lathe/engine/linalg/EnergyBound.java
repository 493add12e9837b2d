package lathe.engine.linalg;

/** A lower bound on v H vᵀ that costs less than that. Thread-safe. */
public interface EnergyBound {

    /**
     * Bounds for many row vectors.
     *
     * @param rows count x order, row after row
     * @return {@code count} numbers
     */
    double[] of(double[] rows, int count);

    /** A bound from the first so many of this one's columns, looser and cheaper; this one where that saves nothing. */
    default EnergyBound first(int columns) {
        return this;
    }
}
