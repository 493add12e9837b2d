package lathe.synth.comparison;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import lathe.synth.network.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutputAgreementTest {

    @Test
    void countsNoiseCosineAndTopClasses() {
        OutputAgreement agreement = new OutputAgreement();
        agreement.add(Tensor.of(new float[] {3, 4, 0, 1, 2, 2}, 2, 3), Tensor.of(new float[] {3, 4, 1, 2, 2, 1}, 2, 3));
        assertEquals(10 * Math.log10((9 + 16 + 1 + 4 + 4) / 3.0), agreement.signalToNoise(), 1e-12);
        double first = 25 / Math.sqrt(25.0 * 26);
        double second = (2 + 4 + 2) / Math.sqrt(9.0 * 9);
        assertEquals((first + second) / 2, agreement.cosine(), 1e-12);
        assertEquals(0.5, agreement.topAgreement().getAsDouble());
    }

    @Test
    void equalOutputsAreExact() {
        OutputAgreement agreement = new OutputAgreement();
        agreement.add(Tensor.of(new float[] {0, 0}, 1, 2), Tensor.of(new float[] {0, 0}, 1, 2));
        assertEquals(Double.POSITIVE_INFINITY, agreement.signalToNoise());
        agreement.add(Tensor.of(new float[] {1, 0}, 1, 2), Tensor.of(new float[] {1, 0}, 1, 2));
        assertEquals(Double.POSITIVE_INFINITY, agreement.signalToNoise());
        assertEquals(1, agreement.cosine());
    }

    @Test
    void anOutputOfZerosHasNothingInCommonWithOthers() {
        OutputAgreement agreement = new OutputAgreement();
        agreement.add(Tensor.of(new float[] {0, 0}, 1, 2), Tensor.of(new float[] {1, 0}, 1, 2));
        agreement.add(Tensor.of(new float[] {1, 0}, 1, 2), Tensor.of(new float[] {1, 0}, 1, 2));
        assertEquals(0.5, agreement.cosine());
        assertEquals(0, agreement.signalToNoise());
    }

    /** As after NonMaxSuppression, whose outputs are as long as there are boxes left. */
    @Test
    void anOutputWhoseSizeDiffersCannotBeCompared() {
        OutputAgreement agreement = new OutputAgreement();
        agreement.add(Tensor.of(new float[2], 1, 2), Tensor.of(new float[3], 1, 3));
        agreement.add(Tensor.of(new float[2], 1, 2), Tensor.of(new float[2], 1, 2));
        assertFalse(agreement.isComparable());
        assertEquals(Double.NaN, agreement.signalToNoise());
        assertTrue(agreement.topAgreement().isEmpty());
        OutputFigures figures = OutputFigures.of("y", List.of(agreement), Optional.empty());
        assertFalse(figures.judged().determined());
        assertEquals("its size depends on the input", figures.judged().part());
    }

    @Test
    void anOutputThatBecomesZeroIsFollowedInNoDirection() {
        OutputAgreement agreement = new OutputAgreement();
        agreement.add(Tensor.of(new float[] {0, 0, 3, 4}, 2, 2), Tensor.of(new float[] {1, 0, 3, 4}, 2, 2));
        assertEquals(0.5, agreement.cosine());
    }

    @ParameterizedTest
    @CsvSource({
        "'1,10', 10",
        "'4,10,1,1', 10",
        "'1,40,6625', 6625",
        "'1,1', 0",
        "'8', 0",
        "'1,3,64,64', 0",
        "'1,9,4', 0"
    })
    void knowsAnAxisOfClasses(String shape, int classes) {
        long[] dims = java.util.Arrays.stream(shape.split(",", -1))
                .mapToLong(Long::parseLong)
                .toArray();
        assertEquals(classes, OutputAgreement.classes(dims));
        assertTrue(dims.length > 0);
    }
}
