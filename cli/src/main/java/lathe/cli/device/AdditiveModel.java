package lathe.cli.device;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The time or the energy of a run as a sum over its nodes. Immutable.
 *
 * @param threads that work on one node
 * @param error median of |predicted - measured| / measured on networks that the model was not fitted to; NaN where that is
 *     not known
 * @param nanos nanoseconds or nanojoules by group of nodes and feature; what is not there costs nothing
 */
public record AdditiveModel(
        Quantity quantity, int threads, double error, SortedMap<String, Map<Feature, Double>> nanos) {

    private static final List<String> SUFFIXES = List.of(" float", " float odd", " int8");

    /** Nanoseconds or nanojoules that no profile shows. */
    private static final double LEAST = 1e-6;

    /** What is predicted. */
    public enum Quantity {
        /** Milliseconds. */
        LATENCY("nanoseconds", 1e6),
        /** Joules. */
        ENERGY("nanojoules", 1e9);

        private final String unit;
        private final double nanos;

        Quantity(String unit, double nanos) {
            this.unit = unit;
            this.nanos = nanos;
        }

        /** Its name in a profile. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The unit of coefficients, in the plural. */
        public String unit() {
            return unit;
        }

        /** How many of them are one of what is predicted. */
        double nanos() {
            return nanos;
        }
    }

    public AdditiveModel {
        nanos = Collections.unmodifiableSortedMap(new TreeMap<>(nanos));
    }

    AdditiveModel withError(double found) {
        return new AdditiveModel(quantity, threads, found, nanos);
    }

    /** True if a profile may have a group of that name. */
    public static boolean isGroup(String text) {
        return Arrays.stream(NodeKind.values())
                .anyMatch(kind -> kind == NodeKind.RUN
                        ? text.equals(kind.text())
                        : SUFFIXES.stream().anyMatch(suffix -> text.equals(kind.text() + suffix)));
    }

    /** Milliseconds or joules of one node. */
    public double of(NodeWork work) {
        Map<Feature, Double> each = nanos.getOrDefault(group(work), Map.of());
        double sum = 0;
        for (Map.Entry<Feature, Double> part : work.features().entrySet()) {
            sum += part.getValue() * each.getOrDefault(part.getKey(), 0.0);
        }
        return sum / quantity.nanos();
    }

    /**
     * The group whose coefficients count for a node: its own; where that has none, what is like it, channels that fit for
     * those that do not, floats for integers; its own where these have none either.
     */
    String group(NodeWork work) {
        String kind = work.kind().text();
        for (String group : List.of(work.group(), kind + (work.integer() ? " int8" : " float"), kind + " float")) {
            if (nanos.containsKey(group)) {
                return group;
            }
        }
        return work.group();
    }

    /** Milliseconds or joules of a run. */
    public double of(List<NodeWork> network) {
        double sum = 0;
        for (NodeWork work : network) {
            sum += of(work);
        }
        return sum;
    }

    /** Its section of a profile; what costs nothing is left out. */
    public String yaml() {
        StringBuilder yaml = new StringBuilder("%s:\n  threads: %d\n".formatted(quantity.text(), threads));
        if (!Double.isNaN(error)) {
            yaml.append("  error: %s\n".formatted(number(error)));
        }
        nanos.forEach((group, each) -> yaml.append(each.entrySet().stream()
                .filter(part -> part.getValue() >= LEAST)
                .map(part -> "%s: %s".formatted(part.getKey().text(), number(part.getValue())))
                .collect(Collectors.joining(", ", "  %s: {".formatted(group), "}\n"))));
        return yaml.toString();
    }

    private static String number(double value) {
        return new BigDecimal(value)
                .round(new MathContext(4))
                .stripTrailingZeros()
                .toPlainString();
    }
}
