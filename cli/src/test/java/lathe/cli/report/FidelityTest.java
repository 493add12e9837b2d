package lathe.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import lathe.cli.report.Fidelity.OutputLine;
import org.junit.jupiter.api.Test;

class FidelityTest {

    private static OutputLine line(double deviation, Double top1) {
        double decibels = -20 * Math.log10(deviation);
        return new OutputLine("y", decibels, deviation, 1, top1, JudgedLine.of("", decibels, true));
    }

    private static String summary(OutputLine... lines) {
        return new Fidelity(64, "synthetic", 3000, true, List.of(lines)).summary();
    }

    @Test
    void speaksOfTheOutputThatIsFollowedLeastClosely() {
        assertEquals(
                "On 64 synthetic inputs its outputs deviate by 10.0 % (20.0 dB), top-1 agreement is 98.4 %.",
                summary(line(0.01, null), line(0.1, 63 / 64.0), line(0, 1.0)));
        assertEquals("On 64 synthetic inputs its outputs deviate by 1.00 % (40.0 dB).", summary(line(0.01, null)));
    }

    @Test
    void saysWhereThereIsNoNumberToGive() {
        assertEquals("On 64 synthetic inputs its outputs equal the original's.", summary(line(0, 1.0)));
        String none = "On 64 synthetic inputs its outputs are not all finite.";
        assertEquals(none, summary(line(Double.NaN, null), line(0.1, null)));
        assertEquals(none, summary(line(0.1, null), line(Double.POSITIVE_INFINITY, null)));
        assertEquals("Its outputs are not floating-point and were not compared.", summary());
    }

    @Test
    void saysNothingOfAgreementOnGuessedInputs() {
        assertEquals(
                "On 64 guessed inputs its outputs deviate by 1.00 % (40.0 dB).",
                new Fidelity(64, "guessed", 1000, true, List.of(line(0.01, 1.0))).summary());
    }
}
