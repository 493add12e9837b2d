package lathe.synth.comparison;

import java.nio.FloatBuffer;
import java.util.OptionalDouble;
import lathe.synth.network.Tensor;

/** How closely one output of a network follows the same output of another, over any number of runs. Not thread-safe. */
public final class OutputAgreement {

    /** A last axis at least this long, of a sequence, holds classes and not coordinates. */
    private static final int LEAST_CLASSES_OF_SEQUENCE = 10;

    private double signal;
    private double noise;
    private double cosines;
    private long samples;
    private long sameTop;
    private long tops;
    private boolean comparable = true;
    private final ChannelEnergies energies = new ChannelEnergies();

    /**
     * Compares the output of one run. One whose size differs cannot be compared, now or later.
     *
     * @param wanted of the reference; the first axis runs over samples
     * @param got of the other network
     */
    public void add(Tensor wanted, Tensor got) {
        if (wanted.size() != got.size()) {
            comparable = false;
        }
        if (!comparable) {
            return;
        }
        energies.add(wanted, got);
        int batch = wanted.rank() == 0 ? 1 : Math.toIntExact(Math.max(1, wanted.dims()[0]));
        int length = wanted.size() / batch;
        for (int sample = 0; sample < batch; sample++) {
            addSample(wanted.values(), got.values(), sample * length, length);
        }
        int classes = classes(wanted.dims());
        if (classes > 0) {
            for (int start = 0; start < wanted.size(); start += classes) {
                tops++;
                if (top(wanted.values(), start, classes) == top(got.values(), start, classes)) {
                    sameTop++;
                }
            }
        }
    }

    /** Takes over what another comparison of the same output found on other inputs. */
    void add(OutputAgreement other) {
        signal += other.signal;
        noise += other.noise;
        cosines += other.cosines;
        samples += other.samples;
        sameTop += other.sameTop;
        tops += other.tops;
        comparable &= other.comparable;
        energies.add(other.energies);
    }

    private void addSample(FloatBuffer wanted, FloatBuffer got, int start, int length) {
        double wantedSquares = 0;
        double gotSquares = 0;
        double product = 0;
        double differences = 0;
        for (int i = start; i < start + length; i++) {
            double a = wanted.get(wanted.position() + i);
            double b = got.get(got.position() + i);
            wantedSquares += a * a;
            gotSquares += b * b;
            product += a * b;
            differences += (a - b) * (a - b);
        }
        signal += wantedSquares;
        noise += differences;
        cosines += differences == 0 ? 1 : cosine(product, Math.sqrt(wantedSquares) * Math.sqrt(gotSquares));
        samples++;
    }

    /** An output of nothing but zeros has no direction, and so none in common with another. */
    private static double cosine(double product, double lengths) {
        return lengths == 0 ? 0 : product / lengths;
    }

    /** Length of the axis that holds classes: the last one, trailing ones left out; 0 if it does not look like that. */
    public static int classes(long[] dims) {
        int rank = dims.length;
        while (rank > 2 && dims[rank - 1] == 1) {
            rank--;
        }
        if (rank < 2 || rank > 3) {
            return 0;
        }
        long last = dims[rank - 1];
        return last >= (rank == 2 ? 2 : LEAST_CLASSES_OF_SEQUENCE) ? Math.toIntExact(last) : 0;
    }

    /** Index of the largest of {@code classes} elements from {@code start} on; the first of equals. */
    public static int top(FloatBuffer values, int start, int classes) {
        int best = 0;
        for (int i = 1; i < classes; i++) {
            if (values.get(values.position() + start + i) > values.get(values.position() + start + best)) {
                best = i;
            }
        }
        return best;
    }

    /** Inputs compared so far. */
    public long samples() {
        return samples;
    }

    /** False if the output's size depends on the data, and differed. */
    boolean isComparable() {
        return comparable;
    }

    /** True if the reference's outputs were all finite. */
    boolean isReferenceFinite() {
        return Double.isFinite(signal);
    }

    /** The same channel by channel. */
    ChannelEnergies energies() {
        return energies;
    }

    /** Signal to noise in dB; infinite when nothing differs, NaN where it cannot be compared. */
    public double signalToNoise() {
        if (!comparable) {
            return Double.NaN;
        }
        return noise == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
    }

    /** Mean cosine between the outputs for a sample. */
    public double cosine() {
        return comparable ? cosines / samples : Double.NaN;
    }

    /** Share of equal top classes; empty if the output holds no classes. */
    public OptionalDouble topAgreement() {
        return tops == 0 || !comparable ? OptionalDouble.empty() : OptionalDouble.of((double) sameTop / tops);
    }
}
