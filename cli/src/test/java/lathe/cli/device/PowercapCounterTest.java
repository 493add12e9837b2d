package lathe.cli.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With folders as Linux shows them; no counter of this machine is read. */
class PowercapCounterTest {

    private static final long RANGE = 65_532_610_987L;

    @TempDir
    Path folder;

    private void zone(String name, String domain, long microjoules) throws IOException {
        Path zone = Files.createDirectories(folder.resolve(name));
        Files.writeString(zone.resolve("name"), domain + "\n");
        Files.writeString(zone.resolve("max_energy_range_uj"), RANGE + "\n");
        set(name, microjoules);
    }

    private void set(String zone, long microjoules) throws IOException {
        Files.writeString(folder.resolve(zone).resolve("energy_uj"), microjoules + "\n");
    }

    /** A server of two packages: with parts of a package, the whole platform, and the same package by another interface. */
    @BeforeEach
    void server() throws IOException {
        Files.createDirectories(folder.resolve("intel-rapl"));
        zone("intel-rapl:0", "package-0", 1_000_000);
        zone("intel-rapl:0:0", "core", 500_000);
        zone("intel-rapl:0:1", "dram", 200_000);
        zone("intel-rapl:1", "package-1", 3_000_000);
        zone("intel-rapl:2", "psys", 9_000_000);
        zone("intel-rapl-mmio:0", "package-0", 1_000_000);
    }

    @Test
    void addsPackagesAndMemory() throws IOException {
        PowercapCounter counter = PowercapCounter.of(folder);
        assertEquals("package-0, dram, package-1", counter.domains());
        assertEquals(0, counter.joules());
        set("intel-rapl:0", 3_500_000);
        set("intel-rapl:0:0", 2_500_000);
        set("intel-rapl:0:1", 450_000);
        set("intel-rapl:1", 3_250_000);
        set("intel-rapl:2", 19_000_000);
        set("intel-rapl-mmio:0", 3_500_000);
        assertEquals(2.5 + 0.25 + 0.25, counter.joules(), 1e-9);
        assertEquals(3, counter.joules(), 1e-9, "nothing was used since");
    }

    @Test
    void aCounterStartsAgainBehindItsRange() throws IOException {
        set("intel-rapl:1", RANGE - 400_000);
        PowercapCounter counter = PowercapCounter.of(folder);
        set("intel-rapl:1", 100_000);
        assertEquals(0.5, counter.joules(), 1e-9);
        set("intel-rapl:1", RANGE - 1);
        assertEquals((RANGE + 400_000) / 1e6, counter.joules(), 1e-5);
    }

    private String refused() {
        return assertThrows(CounterException.class, () -> PowercapCounter.of(folder))
                .getMessage();
    }

    @Test
    void whatIsMissingIsNamed() throws IOException {
        Files.delete(folder.resolve("intel-rapl:1/max_energy_range_uj"));
        assertEquals(folder.resolve("intel-rapl:1/max_energy_range_uj") + " is not there", refused());
        Files.delete(folder.resolve("intel-rapl:0:0/name"));
        assertEquals(folder.resolve("intel-rapl:0:0/name") + " is not there", refused());
        folder = folder.resolve("nowhere");
        assertTrue(refused().startsWith(folder + " is not there; Linux has it"), this::refused);
    }

    @Test
    void whatIsNoNumberIsNamed() throws IOException {
        Files.writeString(folder.resolve("intel-rapl:0/energy_uj"), "-5\n");
        assertEquals(
                folder.resolve("intel-rapl:0/energy_uj") + " has '-5' where a number of microjoules is expected",
                refused());
    }

    @Test
    void memoryAloneIsNoProcessor() throws IOException {
        zone("intel-rapl:0", "psys", 0);
        zone("intel-rapl:1", "core", 0);
        assertEquals(folder + " has no counter of a processor package", refused());
    }

    /** As root, all may be read. */
    @Test
    void whatMayNotBeReadSaysHowToAllowIt() throws IOException {
        Path file = folder.resolve("intel-rapl:0/energy_uj");
        String advice =
                file + " may not be read; run this as root, or allow it: sudo chmod a+r " + folder + "/*/*energy*_uj";
        assertEquals(
                advice,
                PowercapCounter.unreadable(file, new AccessDeniedException(file.toString()))
                        .getMessage());
        assertTrue(file.toFile().setReadable(false));
        if (Files.isReadable(file)) {
            assertEquals(0, PowercapCounter.of(folder).joules());
        } else {
            assertEquals(advice, refused());
        }
    }

    @Test
    void aPackageThatIsRemovedEndsTheCount() throws IOException {
        PowercapCounter counter = PowercapCounter.of(folder);
        Files.delete(folder.resolve("intel-rapl:1/energy_uj"));
        CounterException gone = assertThrows(CounterException.class, counter::joules);
        assertEquals(folder.resolve("intel-rapl:1/energy_uj") + " is not there", gone.getMessage());
        assertThrows(CounterException.class, counter::joules);
    }
}
