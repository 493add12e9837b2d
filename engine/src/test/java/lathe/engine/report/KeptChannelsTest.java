package lathe.engine.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KeptChannelsTest {

    @Test
    void theReasonsThatKeepMostComeFirst() {
        Map<String, Integer> reasons = new LinkedHashMap<>();
        reasons.put("'y' is an output of the network", 10);
        reasons.put("LRN 'a' may mix channels", 64);
        reasons.put("LRN 'b' may mix channels", 2);
        reasons.put("LRN 'c' may mix channels", 1);
        reasons.put("LRN 'd' may mix channels", 2);
        KeptChannels kept = KeptChannels.of(21, reasons);
        assertEquals(100, kept.channels());
        assertEquals(79, kept.kept());
        assertEquals(
                "79 of 100 channels have to stay: 64 since LRN 'a' may mix channels, 10 since 'y' is an output of the network,"
                        + " 2 since LRN 'b' may mix channels, 3 for other reasons",
                kept.text());
    }

    @Test
    void withoutReasonsNoneStays() {
        assertEquals(
                "0 of 7 channels have to stay", KeptChannels.of(7, Map.of()).text());
    }
}
