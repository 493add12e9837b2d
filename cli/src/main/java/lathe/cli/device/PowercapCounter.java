package lathe.cli.device;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Energy of all processor packages, and of memory where it has a counter of its own, by the counters of x86 processors (RAPL: Intel since
 * 2011, AMD since 2017), which Linux shows as files; see "Power Capping Framework" in the documentation of the Linux kernel. Cores and
 * graphics are parts of a package, and the platform (psys) has packages as parts, so these are not added. Not thread-safe.
 */
public final class PowercapCounter implements EnergyCounter {

    /** Where Linux has the files. */
    public static final Path FOLDER = Path.of("/sys/class/powercap");

    /** Not intel-rapl-mmio, which counts the same packages. */
    private static final Pattern ZONE = Pattern.compile("intel-rapl(:[0-9]+){1,2}");

    private static final Pattern PACKAGE = Pattern.compile("package-.+");
    private static final String MEMORY = "dram";

    private final List<Domain> domains = new ArrayList<>();

    private PowercapCounter() {}

    /** A counter that starts again at 0 behind its range. */
    private static final class Domain {
        private final String name;
        private final Path energy;
        private final double range;
        private double last;
        private double total;

        Domain(Path zone, String name) {
            this.name = name;
            this.energy = zone.resolve("energy_uj");
            this.range = number(zone.resolve("max_energy_range_uj"));
            this.last = number(energy);
        }

        /** Microjoules since the first reading, if it starts again at most once between two. */
        double microjoules() {
            double now = number(energy);
            total += now - last + (now < last ? range : 0);
            last = now;
            return total;
        }
    }

    /**
     * The counters of a folder.
     *
     * @throws CounterException if there is none of a package, or one cannot be read
     */
    public static PowercapCounter of(Path folder) {
        PowercapCounter counter = new PowercapCounter();
        try (Stream<Path> zones = Files.list(folder)) {
            zones.filter(zone -> ZONE.matcher(zone.getFileName().toString()).matches())
                    .sorted()
                    .forEach(counter::add);
        } catch (NoSuchFileException e) {
            throw new CounterException(
                    "%s is not there; Linux has it on a processor with counters, most virtual machines do not"
                            .formatted(folder));
        } catch (IOException e) {
            throw new CounterException("%s cannot be read: %s".formatted(folder, e.getMessage()));
        }
        if (counter.domains.stream()
                .noneMatch(domain -> PACKAGE.matcher(domain.name).matches())) {
            throw new CounterException("%s has no counter of a processor package".formatted(folder));
        }
        return counter;
    }

    private void add(Path zone) {
        String name = text(zone.resolve("name"));
        if (name.equals(MEMORY) || PACKAGE.matcher(name).matches()) {
            domains.add(new Domain(zone, name));
        }
    }

    /**
     * {@inheritDoc} Calls must follow each other within the time in which a counter runs through its range, minutes at least.
     */
    @Override
    public double joules() {
        double sum = 0;
        for (Domain domain : domains) {
            sum += domain.microjoules();
        }
        return sum / 1e6;
    }

    @Override
    public String domains() {
        return domains.stream().map(domain -> domain.name).collect(Collectors.joining(", "));
    }

    private static double number(Path file) {
        String text = text(file);
        if (!text.matches("[0-9]{1,18}")) {
            throw new CounterException("%s has '%s' where a number of microjoules is expected".formatted(file, text));
        }
        return Double.parseDouble(text);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /** Why a file of a zone cannot be read, and what to do. */
    static CounterException unreadable(Path file, IOException cause) {
        if (cause instanceof AccessDeniedException) {
            return new CounterException(
                    "%s may not be read; run this as root, or allow it: sudo chmod a+r %s/*/*energy*_uj"
                            .formatted(file, file.getParent().getParent()));
        }
        return new CounterException(
                cause instanceof NoSuchFileException
                        ? "%s is not there".formatted(file)
                        : "%s cannot be read: %s".formatted(file, cause.getMessage()));
    }
}
