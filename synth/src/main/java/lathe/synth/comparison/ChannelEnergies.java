package lathe.synth.comparison;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import lathe.synth.network.Tensor;

/**
 * Energy of an output and of what it lost, channel by channel, and how much of it is the same for all inputs. Where shapes
 * differ from run to run nothing is known of the channels. 8 bytes for each number of a sample. Not thread-safe.
 */
final class ChannelEnergies {

    /** Channels whose energies lie this factor apart, with none in between, mean different things. */
    private static final double GAP = 1000;

    /** An output of more numbers than this a sample is taken as one channel that varies. */
    private static final long MOST_NUMBERS = 16L << 20;

    private long[] dims = {};
    private int[] channelOf = {};
    private double[] signal = {};
    private double[] noise = {};
    private double[] sums = {};
    private long samples;
    private boolean known = true;

    /**
     * Takes in one run.
     *
     * @param wanted of the reference; the first axis runs over samples
     * @param got of the other network, of the same size
     */
    void add(Tensor wanted, Tensor got) {
        long[] sample = Arrays.copyOfRange(wanted.dims(), Math.min(1, wanted.rank()), wanted.rank());
        int length = Math.toIntExact(Tensor.elements(sample));
        if (samples == 0 && known) {
            start(sample, length);
        }
        known = known && Arrays.equals(dims, sample);
        for (int start = 0; known && length > 0 && start < wanted.size(); start += length) {
            addSample(wanted.values(), got.values(), start);
        }
    }

    private void start(long[] sample, int length) {
        known = length <= MOST_NUMBERS;
        dims = sample;
        int axis = channelAxis(sample);
        int inner = (int) Tensor.elements(Arrays.copyOfRange(sample, Math.min(axis + 1, sample.length), sample.length));
        int channels = axis < sample.length ? (int) sample[axis] : 1;
        channelOf = known
                ? IntStream.range(0, length).map(i -> i / inner % channels).toArray()
                : new int[0];
        signal = new double[channels];
        noise = new double[channels];
        sums = new double[channelOf.length];
    }

    private void addSample(FloatBuffer wanted, FloatBuffer got, int start) {
        for (int i = 0; i < sums.length; i++) {
            double a = wanted.get(wanted.position() + start + i);
            double lost = a - got.get(got.position() + start + i);
            signal[channelOf[i]] += a * a;
            noise[channelOf[i]] += lost * lost;
            sums[i] += a;
        }
        samples++;
    }

    /** Takes over what was found of the same output on other inputs. */
    void add(ChannelEnergies other) {
        if (samples == 0 && known) {
            dims = other.dims;
            channelOf = other.channelOf;
            signal = new double[other.signal.length];
            noise = new double[other.noise.length];
            sums = new double[other.sums.length];
        }
        known = known && other.known && Arrays.equals(dims, other.dims);
        if (known) {
            addTo(signal, other.signal);
            addTo(noise, other.noise);
            addTo(sums, other.sums);
            samples += other.samples;
        }
    }

    private static void addTo(double[] sum, double[] more) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += more[i];
        }
    }

    /**
     * The axis of a sample that runs over channels: of two axes the shorter one; of more the last if it is the shortest,
     * else the first.
     */
    static int channelAxis(long[] sample) {
        if (sample.length < 2) {
            return 0;
        }
        long last = sample[sample.length - 1];
        boolean shortest = Arrays.stream(sample, 0, sample.length - 1).allMatch(extent -> last < extent);
        return shortest ? sample.length - 1 : 0;
    }

    /** Numbers of the channels that mean the same, the most energetic ones first; one group where all do. */
    List<int[]> groups() {
        if (!known || samples == 0) {
            return List.of();
        }
        int[] byEnergy = IntStream.range(0, signal.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer channel) -> -signal[channel]))
                .mapToInt(Integer::intValue)
                .toArray();
        List<int[]> groups = new ArrayList<>();
        int first = 0;
        for (int i = 1; i <= byEnergy.length; i++) {
            if (i == byEnergy.length || signal[byEnergy[i]] * GAP <= signal[byEnergy[i - 1]]) {
                groups.add(Arrays.stream(byEnergy, first, i).sorted().toArray());
                first = i;
            }
        }
        return groups;
    }

    /** Signal to noise of some channels together in dB; infinite when nothing differs, NaN where nothing is known. */
    double signalToNoise(int[] channels) {
        double lost = of(noise, channels);
        return lost == 0 && known ? Double.POSITIVE_INFINITY : 10 * Math.log10(of(signal, channels) / lost);
    }

    /** Mean square of a number of these channels. */
    double meanSquare(int[] channels) {
        return of(signal, channels) / samples / numbers(channels);
    }

    /** Mean square of how far a number of these channels is from its mean over all inputs. */
    double variance(int[] channels) {
        boolean[] wanted = new boolean[signal.length];
        Arrays.stream(channels).forEach(channel -> wanted[channel] = true);
        double same = 0;
        for (int i = 0; i < sums.length; i++) {
            same += wanted[channelOf[i]] ? sums[i] * sums[i] / samples : 0;
        }
        return Math.max(0, (of(signal, channels) - same) / samples / numbers(channels));
    }

    private double numbers(int[] channels) {
        return (double) sums.length / signal.length * channels.length;
    }

    private static double of(double[] energies, int[] channels) {
        return Arrays.stream(channels).mapToDouble(channel -> energies[channel]).sum();
    }

    /** How many channels there are. */
    int channels() {
        return signal.length;
    }
}
