package lathe.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import lathe.engine.archive.Archive;
import lathe.engine.graph.UnsupportedModelException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever an archive holds, unpacking it ends in a model or in one clear line, within {@value #BYTES} bytes, and leaves no file behind. Of
 * {@value #CASES} archives, or as many as {@code -Dlathe.hostile.cases=N} says; {@code -Dlathe.hostile.first=N} begins with
 * another seed.
 */
@Tag("hostile")
class HostileArchivesTest {

    private static final int CASES = 3000;
    private static final int SECONDS = 20;

    /** Two tensors of 64 MiB, a dictionary of 8 MiB, and the adaptive bits. */
    private static final long BYTES = 160L << 20;

    @TempDir
    Path folder;

    @Test
    void everyArchiveIsUnpackedOrRefused() throws Exception {
        long first = Long.getLong("lathe.hostile.first", 0);
        int cases = Integer.getInteger("lathe.hostile.cases", CASES);
        Map<String, Integer> failures = new TreeMap<>();
        int[] unpacked = {0};
        try (Trial trial = new Trial(SECONDS, BYTES)) {
            for (long seed = first; seed < first + cases; seed++) {
                byte[] archive = HostileArchives.made(Choices.seeded(seed));
                String name = "seed " + seed;
                trial.failure(() -> {
                            boolean done = isUnpacked(archive);
                            unpacked[0] += done ? 1 : 0;
                            return done;
                        })
                        .ifPresent(failure -> failures.merge(name + ": " + failure, 1, Integer::sum));
            }
        }
        System.out.printf("%,d hostile archives: %,d unpacked%n", cases, unpacked[0]);
        assertTrue(unpacked[0] < cases / 2, () -> unpacked[0] + " were unpacked");
        assertEquals("", String.join("\n", failures.keySet()));
    }

    private boolean isUnpacked(byte[] bytes) throws IOException {
        Path archive = Files.write(folder.resolve("a.lathe"), bytes);
        Path model = folder.resolve("m.onnx");
        try {
            Archive.unpack(archive, model);
            Files.delete(model);
            return true;
        } catch (UnsupportedModelException e) {
            assertTrue(e.getMessage().length() > 10 && !e.getMessage().contains("null"), e::toString);
            return false;
        } finally {
            try (Stream<Path> files = Files.list(folder)) {
                assertEquals(List.of(archive), files.toList(), "files left behind");
            }
        }
    }
}
