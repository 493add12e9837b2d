package lathe.cli.device;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The time of a run as a sum over its nodes. Immutable.
 *
 * @param threads that work on one node
 * @param error median of |predicted - measured| / measured on networks that the model was not fitted to; NaN where that is
 *     not known
 * @param nanos nanoseconds by group of nodes and feature; what is not there takes no time
 */
public record LatencyModel(int threads, double error, SortedMap<String, Map<Feature, Double>> nanos) {

    private static final List<String> SUFFIXES = List.of(" float", " float odd", " int8");

    /** Nanoseconds that no profile shows. */
    private static final double LEAST = 1e-6;

    public LatencyModel {
        nanos = Collections.unmodifiableSortedMap(new TreeMap<>(nanos));
    }

    /** True if a profile may have a group of that name. */
    public static boolean isGroup(String text) {
        return Arrays.stream(NodeKind.values())
                .anyMatch(kind -> kind == NodeKind.RUN
                        ? text.equals(kind.text())
                        : SUFFIXES.stream().anyMatch(suffix -> text.equals(kind.text() + suffix)));
    }

    /** Milliseconds of one node. */
    public double millis(NodeWork work) {
        Map<Feature, Double> each = coefficients(work);
        double sum = 0;
        for (Map.Entry<Feature, Double> part : work.features().entrySet()) {
            sum += part.getValue() * each.getOrDefault(part.getKey(), 0.0);
        }
        return sum / 1e6;
    }

    /** Where a group has none, what is like it: channels that fit for those that do not, floats for integers. */
    private Map<Feature, Double> coefficients(NodeWork work) {
        String kind = work.kind().text();
        for (String group : List.of(work.group(), kind + (work.integer() ? " int8" : " float"), kind + " float")) {
            if (nanos.containsKey(group)) {
                return nanos.get(group);
            }
        }
        return Map.of();
    }

    /** Milliseconds of a run. */
    public double millis(List<NodeWork> network) {
        double sum = 0;
        for (NodeWork work : network) {
            sum += millis(work);
        }
        return sum;
    }

    /** The lines of a profile, indented by two spaces; what takes no time is left out. */
    public String yaml() {
        StringBuilder yaml = new StringBuilder("  threads: %d\n".formatted(threads));
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
