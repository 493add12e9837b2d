package lathe.engine.report;

/**
 * The range a value is quantized over.
 *
 * @param value its name
 * @param bits bits a code takes
 * @param low smallest real number that has a code
 * @param high largest real number that has a code
 * @param seenLow smallest number that was measured
 * @param seenHigh largest number that was measured
 */
public record ActivationReport(String value, int bits, double low, double high, double seenLow, double seenHigh) {}
