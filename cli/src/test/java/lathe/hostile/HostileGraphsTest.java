package lathe.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever a file holds, reading it and every rewrite of it end in an answer or in one clear line. Of {@value #CASES}
 * files, or as many as {@code -Dlathe.hostile.cases=N} says; {@code -Dlathe.hostile.first=N} begins with another seed.
 */
@Tag("hostile")
class HostileGraphsTest {

    private static final int CASES = 3000;
    private static final int SECONDS = 20;
    private static final long BYTES = 512L << 20;

    @Test
    void everyFileIsUsedOrRefused(@TempDir Path root) throws Exception {
        long first = Long.getLong("lathe.hostile.first", 0);
        int cases = Integer.getInteger("lathe.hostile.cases", CASES);
        GraphRoute route = new GraphRoute(HostileFolder.below(root));
        Map<String, List<String>> failures = new LinkedHashMap<>();
        int[] accepted = {0};
        try (Trial trial = new Trial(SECONDS, BYTES)) {
            for (long seed = first; seed < first + cases; seed++) {
                byte[] model = HostileModels.made(Choices.seeded(seed));
                String name = "seed " + seed;
                trial.failure(() -> {
                            boolean read = route.accepts(model);
                            accepted[0] += read ? 1 : 0;
                            return read;
                        })
                        .ifPresent(failure -> failures.computeIfAbsent(
                                        where(failure), f -> new ArrayList<>(List.of(failure)))
                                .add(name));
            }
        }
        System.out.printf("%,d hostile files: %,d used, %,d refused%n", cases, accepted[0], cases - accepted[0]);
        assertTrue(accepted[0] > cases / 20 && accepted[0] < cases, () -> accepted[0] + " were read");
        assertEquals("", report(failures));
    }

    /** The exception and the first two places in Lathe, so that a thousand cases of one fault are one line. */
    private static String where(String failure) {
        List<String> lines = failure.lines().toList();
        List<String> places = lines.stream()
                .filter(line -> line.contains("lathe.") && !line.contains("lathe.hostile"))
                .limit(2)
                .toList();
        return lines.get(0).replaceAll("[0-9]+", "#") + places;
    }

    private static String report(Map<String, List<String>> failures) {
        StringBuilder text = new StringBuilder();
        failures.values()
                .forEach(cases -> text.append("%n%d cases, such as %s: %s"
                        .formatted(cases.size() - 1, cases.subList(1, Math.min(4, cases.size())), cases.get(0))));
        return text.toString();
    }
}
