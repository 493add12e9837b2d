package lathe.engine.allocate;

import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;
import lathe.engine.task.LayerConfig;

/**
 * Configurations for a file of a wanted size. What the file holds besides the layers' weights is found by difference, from
 * sizes of whole files, and corrected with each answer, since layers of the same bits share a little.
 *
 * @param allocator whose costs are bytes
 * @param fileBytes size of the file with these configurations
 * @param close what may be left unused of the wanted size without looking further, as a share of it
 */
public record SizeTarget(BudgetAllocator allocator, ToLongFunction<Map<String, LayerConfig>> fileBytes, double close) {

    private static final int ROUNDS = 8;

    /** Where sizes are found without solving any layer. */
    public static final double CLOSE = 0.001;

    /** The smallest file there is within the limits of the allocator. */
    public Map<String, LayerConfig> least() {
        return allocator.least().orElseThrow();
    }

    /** True if no file without weights of 1 bit is so small. */
    public boolean needsSingleBits(long bytes) {
        return allocator
                .withoutSingleBits()
                .least()
                .filter(least -> fileBytes.applyAsLong(least) <= bytes)
                .isEmpty();
    }

    /** The configurations of least total error whose file is not larger; empty if even the smallest file is. */
    public Optional<Map<String, LayerConfig>> within(long bytes) {
        return within(bytes, allocator.withoutSingleBits()).or(() -> within(bytes, allocator));
    }

    private Optional<Map<String, LayerConfig>> within(long bytes, BudgetAllocator allocator) {
        Optional<Map<String, LayerConfig>> least = allocator.least();
        if (least.isEmpty()) {
            return Optional.empty();
        }
        Map<String, LayerConfig> best = least.get();
        long size = fileBytes.applyAsLong(best);
        if (size > bytes) {
            return Optional.empty();
        }
        double rest = size - allocator.cost(best);
        for (int round = 0; round < ROUNDS; round++) {
            Optional<Map<String, LayerConfig>> found = allocator.within(bytes - rest);
            if (found.isEmpty()) {
                break;
            }
            size = fileBytes.applyAsLong(found.get());
            if (size > bytes) {
                rest = Math.max(rest + size - bytes, size - allocator.cost(found.get())); // never the same again
            } else {
                if (allocator.error(found.get()) < allocator.error(best)) {
                    best = found.get();
                }
                if (size >= (1 - close) * bytes) {
                    break;
                }
                rest -= (bytes - size) / 2.0;
            }
        }
        return Optional.of(best);
    }
}
