package lathe.cli.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.OptionalDouble;
import lathe.cli.options.TargetSettings.Amount;
import lathe.engine.layer.ChannelBlock;
import lathe.engine.operator.NodeCost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChannelSettingsTest {

    private static ChannelSettings shares(double channels, double ranks) {
        return new ChannelSettings(
                NodeCost.MULTIPLICATIONS, share(channels), share(ranks), Optional.empty(), ChannelBlock.FLOAT);
    }

    private static OptionalDouble share(double part) {
        return part == 0 ? OptionalDouble.empty() : OptionalDouble.of(part);
    }

    private static ChannelSettings macs(String option, double number, boolean relative) {
        return new ChannelSettings(
                NodeCost.MULTIPLICATIONS,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                Optional.of(new Amount(option, number, relative)),
                ChannelBlock.FLOAT);
    }

    @ParameterizedTest
    @CsvSource({
        "0.07, 0, --prune-channels 7%, --prune-channels 3.5%",
        "0, 0.3, --low-rank 30%, --low-rank 15%",
        "0.1, 0.125, --prune-channels 10% --low-rank 12.5%, --prune-channels 5% --low-rank 6.25%"
    })
    void halfAsMuchIsMilder(double channels, double ranks, String text, String milder) {
        assertEquals(text, shares(channels, ranks).text());
        assertEquals(milder, shares(channels, ranks).milder());
    }

    @Test
    void milderTargetsLeaveMore() {
        assertEquals("--target-macs 95%", macs("--target-macs 90%", 0.9, true).milder());
        assertEquals(
                "a larger --target-macs", macs("--target-macs 2M", 2e6, false).milder());
    }

    @Test
    void savingsMultiply() {
        assertEquals(0.28, shares(0.1, 0.2).saved(), 1e-12);
        assertEquals(0, ChannelSettings.DEFAULT.saved());
    }

    /** Rounded down, since that much can be had. */
    @Test
    void whatIsSuggestedInsteadIsPossible() {
        assertEquals(
                "ask for less, such as --low-rank 41%, or give a smaller --channel-block than 8",
                shares(0, 0.6).instead(0.4199));
        assertTrue(shares(0.6, 0).instead(0.009).startsWith("leave it out"));
        assertTrue(shares(0.6, 0.6).instead(0.5).startsWith("ask for less of either"));
    }
}
