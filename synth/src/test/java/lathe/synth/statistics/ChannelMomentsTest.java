package lathe.synth.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import lathe.engine.graph.ChannelAffine;
import lathe.engine.graph.ChannelStatistics;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.FloatRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelMomentsTest {

    private static ChannelMoments moments(double mean, double variance) {
        return new ChannelMoments(new double[] {mean}, new double[] {variance});
    }

    private static ChannelStatistics wanted(float mean, float deviation) {
        return new ChannelStatistics(new float[] {mean}, new float[] {deviation});
    }

    @Property(seed = "1")
    void correctedMomentsAreTheWantedOnes(
            @ForAll @DoubleRange(min = -10, max = 10) double mean,
            @ForAll @DoubleRange(min = 0.05, max = 1000) double variance,
            @ForAll @FloatRange(min = -10, max = 10) float wantedMean,
            @ForAll @FloatRange(max = 10) float wantedDeviation) {
        ChannelAffine map = moments(mean, variance).correction(wanted(wantedMean, wantedDeviation));
        assertEquals(wantedMean, map.scale()[0] * mean + map.shift()[0], 1e-9);
        assertEquals(wantedDeviation, map.scale()[0] * Math.sqrt(variance), 1e-9);
    }

    /** To another's moments it is the way there by the wanted ones and back: y -> (a / a') y + (b - b') / a'. */
    @Property(seed = "2")
    void correctionToAnotherGoesByTheWantedMoments(
            @ForAll @DoubleRange(min = -10, max = 10) double mean,
            @ForAll @DoubleRange(min = 0.05, max = 1000) double variance,
            @ForAll @DoubleRange(min = -10, max = 10) double otherMean,
            @ForAll @DoubleRange(min = 0.05, max = 1000) double otherVariance,
            @ForAll @FloatRange(min = -10, max = 10) float wantedMean,
            @ForAll @FloatRange(min = 0.1f, max = 10) float wantedDeviation) {
        ChannelStatistics wanted = wanted(wantedMean, wantedDeviation);
        ChannelAffine own = moments(mean, variance).correction(wanted);
        ChannelAffine other = moments(otherMean, otherVariance).correction(wanted);
        ChannelAffine map = moments(mean, variance).correction(moments(otherMean, otherVariance), wanted);
        assertEquals(own.scale()[0] / other.scale()[0], map.scale()[0], 1e-9 * map.scale()[0]);
        double shift = (own.shift()[0] - other.shift()[0]) / other.scale()[0];
        assertEquals(shift, map.shift()[0], 1e-8 * (1 + map.scale()[0]) * 10);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1e-9, 1e-3, -1e-6, Double.NaN, Double.POSITIVE_INFINITY})
    void channelWithoutVariationIsNotCorrectedToAnother(double variance) {
        ChannelStatistics wanted = wanted(1, 1);
        ChannelMoments usual = moments(3, 2);
        ChannelMoments strange = moments(5, variance);
        assertIdentity(strange.correction(usual, wanted));
        assertIdentity(usual.correction(strange, wanted));
        assertIdentity(usual.correction(usual, wanted(1, 0)));
        assertIdentity(moments(Double.NaN, 1).correction(usual, wanted));
        assertIdentity(usual.correction(moments(Double.POSITIVE_INFINITY, 1), wanted));
    }

    private static void assertIdentity(ChannelAffine map) {
        assertEquals(1, map.scale()[0]);
        assertEquals(0, map.shift()[0]);
    }
}
