package lathe.cli.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import lathe.cli.commands.Commands;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.ExitCode;
import lathe.synth.comparison.Interval;
import lathe.synth.comparison.Judged;
import lathe.synth.comparison.OutputFigures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GatesTest {

    private static Gates gates(String... words) {
        return Gates.of(Arguments.parse(Commands.named("verify"), List.of(words)));
    }

    private static OutputFigures output(double low, Optional<Interval> agreement) {
        Interval whole = new Interval(low + 1, low, low + 2);
        return new OutputFigures("y", whole, List.of(low + 1), 1, agreement, new Judged("", whole, true, true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.98", "98", "98%", "98 %", "98.0"})
    void agreementIsAShareOrAPercentage(String text) {
        assertEquals(0.98, gates("--min-agreement", text).minAgreement().getAsDouble(), 1e-12);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-0.5", "1", "100", "100%", "101", "NaN", "Infinity", "much", "%", ""})
    void otherAgreementsAreRefused(String text) {
        CommandException refused = assertThrows(CommandException.class, () -> gates("--min-agreement", text));
        assertTrue(refused.getMessage().startsWith("--min-agreement " + text + ": must be "), refused.getMessage());
    }

    @Test
    void layerErrorsAreInPercent() {
        assertEquals(0.005, gates("--max-layer-error", "0.5").maxLayerError().getAsDouble(), 1e-12);
        assertEquals(0.005, gates("--max-layer-error", "0.5%").maxLayerError().getAsDouble(), 1e-12);
        assertThrows(CommandException.class, () -> gates("--max-layer-error", "0"));
    }

    /** The mean alone would pass. */
    @Test
    void theLowerEndIsCompared() {
        Gates gates = gates("--min-snr", "20", "--min-agreement", "0.9");
        Interval agreement = new Interval(0.95, 0.89, 0.99);
        List<Gates.Verdict> verdicts = gates.judge(List.of(output(19.5, Optional.of(agreement))), Map.of());
        assertEquals(
                List.of(false, false),
                verdicts.stream().map(Gates.Verdict::passed).toList());
        assertEquals(
                "output 'y' has at least 19.5 dB, --min-snr requires 20.0;"
                        + " output 'y' agrees on at least 89.00 %, --min-agreement requires 90.00 %",
                Gates.failures(verdicts));
        assertEquals(
                "",
                Gates.failures(gates.judge(List.of(output(20, Optional.of(new Interval(0.95, 0.9, 1)))), Map.of())));
    }

    @Test
    void whatIsNotANumberNeverPasses() {
        assertFalse(gates("--min-snr", "-1000")
                .judge(List.of(output(Double.NaN, Optional.empty())), Map.of())
                .get(0)
                .passed());
        assertFalse(gates("--max-layer-error", "100")
                .judge(List.of(), Map.of("layer", Double.NaN))
                .get(0)
                .passed());
    }

    @Test
    void agreementNeedsClasses() {
        CommandException refused = assertThrows(
                CommandException.class,
                () -> gates("--min-agreement", "0.9").judge(List.of(output(20, Optional.empty())), Map.of()));
        assertEquals(ExitCode.BAD_INPUT, refused.code());
    }

    @Test
    void fewInputsCannotShowMuch() {
        Gates gates = gates("--min-agreement", "0.99");
        gates.checkReachableWith(381);
        CommandException refused = assertThrows(CommandException.class, () -> gates.checkReachableWith(380));
        assertTrue(refused.getMessage().contains("381 are needed"), refused.getMessage());
        assertEquals(229, gates.imagesFor(5));
        assertEquals(64, gates("--min-snr", "20").imagesFor(5));
    }

    @Test
    void manyFailuresAreCounted() {
        Gates gates = gates("--max-layer-error", "1");
        List<Gates.Verdict> verdicts =
                gates.judge(List.of(), new TreeMap<>(Map.of("a", 1.0, "b", 1.0, "c", 1.0, "d", 1.0, "e", 0.0)));
        String line = Gates.failures(verdicts);
        assertTrue(
                line.startsWith("layer 'a' has an error of 100.0 %, --max-layer-error allows 1.00; layer 'b'"), line);
        assertTrue(line.endsWith("; and 1 more"), line);
    }
}
