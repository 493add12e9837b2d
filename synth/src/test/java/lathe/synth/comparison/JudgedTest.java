package lathe.synth.comparison;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import lathe.synth.network.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JudgedTest {

    private static final Optional<SquashedOutput> SIGMOID = Optional.of(new SquashedOutput(false, List.of("x")));
    private static final Optional<SquashedOutput> SOFTMAX = Optional.of(new SquashedOutput(true, List.of("x")));

    /** Values of one channel and noise on them, for each channel: [inputs, channels, places]. */
    private interface Channel {
        float value(int channel, Random random);
    }

    private static OutputFigures figures(
            int channels, int places, Optional<SquashedOutput> squashed, Channel value, Channel noise) {
        OutputAgreement agreement = new OutputAgreement();
        Random random = new Random(5);
        for (int input = 0; input < 20; input++) {
            float[] wanted = new float[channels * places];
            float[] got = new float[wanted.length];
            for (int i = 0; i < wanted.length; i++) {
                wanted[i] = value.value(i / places, random);
                got[i] = wanted[i] + noise.value(i / places, random);
            }
            agreement.add(Tensor.of(wanted, 1, channels, places), Tensor.of(got, 1, channels, places));
        }
        return OutputFigures.of("y", List.of(agreement), squashed);
    }

    /** Boxes in pixels with 1 % of noise, scores with as much noise as signal. */
    @Test
    void boxesDoNotHideScores() {
        OutputFigures figures = figures(
                7,
                30,
                Optional.empty(),
                (channel, random) -> random.nextFloat() * (channel < 4 ? 300 : 0.5f),
                (channel, random) -> (float) random.nextGaussian() * (channel < 4 ? 1.7f : 0.29f));
        assertTrue(figures.signalToNoise().value() > 35, figures::toString);
        assertEquals("channels 4 to 6 of 7", figures.judged().part());
        assertEquals(0, figures.judged().signalToNoise().value(), 1);
        assertTrue(figures.judged().determined());
    }

    @Test
    void channelsOfOneKindAreOneGroup() {
        OutputFigures figures = figures(
                10,
                30,
                Optional.empty(),
                (channel, random) -> (float) random.nextGaussian() * (1 + channel),
                (channel, random) -> 0.1f * (float) random.nextGaussian());
        assertEquals("", figures.judged().part());
        assertEquals(figures.signalToNoise(), figures.judged().signalToNoise());
    }

    /** A map that is 0 everywhere, give or take what nobody would see. */
    @Test
    void aMapWithNothingOnItIsUndetermined() {
        OutputFigures figures =
                figures(1, 100, SIGMOID, (channel, random) -> 0.01f * random.nextFloat(), (channel, random) -> 0.02f);
        assertTrue(figures.signalToNoise().value() < 0, figures::toString);
        assertFalse(figures.judged().determined());
        assertFalse(figures.judged().complete());
    }

    @Test
    void aMapWithSomethingOnItIsJudged() {
        OutputFigures figures = figures(
                1, 100, SIGMOID, (channel, random) -> random.nextInt(10) == 0 ? 1 : 0, (channel, random) -> 0.3f);
        assertTrue(figures.judged().determined());
        assertTrue(figures.judged().complete());
    }

    @Test
    void oneAnswerForAllInputsIsUndetermined() {
        OutputFigures same = figures(
                2, 30, SOFTMAX, (channel, random) -> channel == 0 ? 0.999f : 0.001f, (channel, random) -> 0.01f);
        assertFalse(same.judged().determined());
        OutputFigures rare = figures(
                2,
                30,
                SOFTMAX,
                (channel, random) -> channel == 0 ? 0.5f + random.nextFloat() / 2 : 0.00001f,
                (channel, random) -> 0.01f);
        assertEquals("", rare.judged().part());
        assertTrue(rare.judged().determined());
    }

    @Test
    void whatCountsBeforeItIsSquashedTakesItsPlace() {
        OutputFigures map = figures(1, 9, SIGMOID, (channel, random) -> 0.001f, (channel, random) -> 0.1f);
        OutputFigures before = figures(
                1, 9, Optional.empty(), (channel, random) -> -8 + random.nextFloat(), (channel, random) -> 0.8f);
        Judged judged = map.judged().withBefore(List.of(before), SIGMOID.get());
        assertTrue(judged.determined());
        assertEquals("before its last Sigmoid", judged.part());
        assertEquals(before.signalToNoise(), judged.signalToNoise());
    }

    @Test
    void anOutputOfZerosIsUndetermined() {
        OutputFigures figures = figures(3, 5, Optional.empty(), (channel, random) -> 0, (channel, random) -> 1);
        assertFalse(figures.judged().determined());
        assertEquals("is 0 for all these inputs", figures.judged().part());
    }

    @Test
    void nanIsTheWorstOfAll() {
        OutputFigures lost = figures(
                2,
                5,
                Optional.empty(),
                (channel, random) -> random.nextFloat() * (channel == 0 ? 1000 : 1),
                (channel, random) -> channel == 0 ? 10 : Float.NaN);
        assertTrue(lost.judged().determined());
        assertEquals(Double.NaN, lost.judged().signalToNoise().value());
        OutputFigures unknown = figures(1, 5, Optional.empty(), (channel, random) -> Float.NaN, (channel, random) -> 0);
        assertFalse(unknown.judged().determined());
    }

    @ParameterizedTest
    @CsvSource({
        "'84,8400', 0",
        "'8400,85', 1",
        "'4420,2', 1",
        "'255,13,13', 0",
        "'160,160,16', 2",
        "'1000', 0",
        "'1,160,160', 0"
    })
    void knowsTheAxisOfChannels(String shape, int axis) {
        long[] dims = java.util.Arrays.stream(shape.split(",", -1))
                .mapToLong(Long::parseLong)
                .toArray();
        assertEquals(axis, ChannelEnergies.channelAxis(dims));
    }

    @Test
    void namesChannels() {
        assertEquals("channel 3 of 5", Judged.channels(new int[] {3}, 5));
        assertEquals("channels 0 to 3, 7, 9, 10 of 85", Judged.channels(new int[] {0, 1, 2, 3, 7, 9, 10}, 85));
    }

    /** However inputs are dealt out to sets, the sums are those of all of them. */
    @Test
    void setsJoinToWhatOneSetWouldBe() {
        Random random = new Random(1);
        ChannelEnergies all = new ChannelEnergies();
        ChannelEnergies joined = new ChannelEnergies();
        for (int set = 0; set < 3; set++) {
            ChannelEnergies own = new ChannelEnergies();
            for (int i = 0; i < 4; i++) {
                Tensor wanted = noise(random);
                Tensor got = noise(random);
                all.add(wanted, got);
                own.add(wanted, got);
            }
            joined.add(own);
        }
        int[] channels = {0, 1, 2};
        assertEquals(all.signalToNoise(channels), joined.signalToNoise(channels), 1e-9);
        assertEquals(all.variance(channels), joined.variance(channels), 1e-9);
        assertEquals(all.meanSquare(new int[] {1}), joined.meanSquare(new int[] {1}), 1e-9);
    }

    private static Tensor noise(Random random) {
        float[] values = new float[3 * 8];
        IntStream.range(0, values.length).forEach(i -> values[i] = (float) random.nextGaussian());
        return Tensor.of(values, 1, 3, 8);
    }
}
