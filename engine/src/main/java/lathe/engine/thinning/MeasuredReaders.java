package lathe.engine.thinning;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;

/**
 * Layers that read channels, measured as they are needed and as many at a time as memory holds matrices of. Those measured last
 * are kept, so where memory holds all of them each is measured once. What is found does not depend on how many these are. Of
 * layers without {@linkplain InputStatistics#hasSamplesForAll samples for all inputs} nothing is known. Not thread-safe.
 */
final class MeasuredReaders {

    private final Function<List<Layer>, Map<String, InputStatistics>> measure;
    private final long bytes;
    private final double damping;
    private Map<String, Optional<ThinnedReader>> held = Map.of();

    /**
     * Nothing measured yet.
     *
     * @param measure finds the statistics of layers' inputs, by name
     * @param bytes of all Gram matrices at a time, unless what is used together needs more
     * @param damping ridge of the repair
     */
    MeasuredReaders(Function<List<Layer>, Map<String, InputStatistics>> measure, long bytes, double damping) {
        this.measure = measure;
        this.bytes = bytes;
        this.damping = damping;
    }

    /**
     * Uses readers, some of them together.
     *
     * @param together which readers an item needs
     * @param use takes an item and its readers with all their channels, which it does not change; those of which nothing is known
     *     are missing
     */
    <T> void each(List<T> items, Function<T, List<Reader>> together, BiConsumer<T, List<ThinnedReader>> use) {
        for (List<T> batch : batches(items, together)) {
            Map<String, Reader> wanted = new LinkedHashMap<>();
            batch.forEach(item -> together.apply(item)
                    .forEach(reader -> wanted.put(reader.layer().name(), reader)));
            if (!held.keySet().containsAll(wanted.keySet())) {
                held = Map.of(); // before others take its place
                held = measured(wanted);
            }
            for (T item : batch) {
                use.accept(
                        item,
                        together.apply(item).stream()
                                .flatMap(reader -> held.get(reader.layer().name()).stream())
                                .toList());
            }
        }
    }

    private <T> List<List<T>> batches(List<T> items, Function<T, List<Reader>> together) {
        List<List<T>> batches = new ArrayList<>();
        Map<String, Long> sizes = new HashMap<>();
        for (T item : items) {
            Map<String, Long> own = together.apply(item).stream()
                    .collect(Collectors.toMap(reader -> reader.layer().name(), Reader::gramBytes));
            sizes.putAll(own);
            if (batches.isEmpty()
                    || sizes.values().stream().mapToLong(Long::longValue).sum() > bytes) {
                batches.add(new ArrayList<>());
                sizes = new HashMap<>(own);
            }
            batches.get(batches.size() - 1).add(item);
        }
        return batches;
    }

    private Map<String, Optional<ThinnedReader>> measured(Map<String, Reader> wanted) {
        Map<String, InputStatistics> statistics =
                measure.apply(wanted.values().stream().map(Reader::layer).toList());
        Map<String, Optional<ThinnedReader>> found = new HashMap<>();
        wanted.forEach((name, reader) -> found.put(
                name,
                Optional.ofNullable(statistics.get(name))
                        .filter(InputStatistics::isFinite)
                        .filter(InputStatistics::hasSamplesForAll)
                        .map(known -> ThinnedReader.of(reader, known, damping))));
        return found;
    }
}
