package lathe.engine.allocate;

import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import lathe.engine.task.LayerConfig;

/**
 * Configurations for the smallest file whose outputs keep an SNR: the size is enclosed from both sides, with linear
 * interpolation, since each bit of a weight is worth much the same number of dB.
 *
 * @param size allocates within a size
 * @param decibels SNR of the network with these configurations, dB; costs a compression
 */
public record SnrTarget(SizeTarget size, ToDoubleFunction<Map<String, LayerConfig>> decibels) {

    private static final int MOST_CHECKS = 12;

    /** Sizes this close are not told apart, as a share. */
    private static final double CLOSE = 0.005;

    /** How near to an end of the enclosure the next size may lie, as a share of its extent. */
    private static final double MARGIN = 0.1;

    /** A size that was tried. */
    private record Tried(Map<String, LayerConfig> configs, long bytes, double decibels) {}

    /** Of those tried, the smallest that keeps the SNR; empty if not even the one with most bits does. */
    public Optional<Map<String, LayerConfig>> keeping(double wanted) {
        Tried low = tried(size.least());
        if (low.decibels() >= wanted) {
            return Optional.of(low.configs());
        }
        Tried high = tried(size.allocator().finest());
        for (int check = 2; check < MOST_CHECKS && high.decibels() >= wanted; check++) {
            double share = (wanted - low.decibels()) / (high.decibels() - low.decibels());
            double bounded = Math.max(MARGIN, Math.min(1 - MARGIN, Double.isFinite(share) ? share : 0.5));
            Map<String, LayerConfig> next = size.within(low.bytes() + (long) (bounded * (high.bytes() - low.bytes())))
                    .orElseThrow();
            if (high.bytes() - low.bytes() <= CLOSE * high.bytes()
                    || next.equals(low.configs())
                    || next.equals(high.configs())) {
                break;
            }
            Tried found = tried(next);
            if (found.decibels() >= wanted) {
                high = found;
            } else {
                low = found;
            }
        }
        return Optional.of(high).filter(found -> found.decibels() >= wanted).map(Tried::configs);
    }

    private Tried tried(Map<String, LayerConfig> configs) {
        return new Tried(configs, size.fileBytes().applyAsLong(configs), decibels.applyAsDouble(configs));
    }
}
