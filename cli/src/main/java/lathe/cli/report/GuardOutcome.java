package lathe.cli.report;

import java.util.ArrayList;
import java.util.List;
import lathe.cli.options.Gates;
import lathe.cli.shell.Figures;

/**
 * What it took for a network to pass.
 *
 * @param gates every gate, and what was measured of the network that is returned
 * @param atFirst what did not pass before anything fell back; empty if all did
 * @param inputs fresh inputs of a check
 * @param checks networks that were checked
 * @param floatActivations true if the activations fell back to float
 * @param fallbacks of layers, in graph order
 */
public record GuardOutcome(
        List<Gates.Verdict> gates,
        String atFirst,
        long inputs,
        int checks,
        boolean floatActivations,
        List<Fallback> fallbacks) {

    public GuardOutcome {
        gates = List.copyOf(gates);
        fallbacks = List.copyOf(fallbacks);
    }

    /** A layer that got more bits; 32 are a float. */
    public record Fallback(String layer, int fromBits, int toBits) {}

    /** What the guard found and did, in lines. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (Gates.Verdict verdict : gates) {
            if (!verdict.gate().equals(Gates.MAX_LAYER_ERROR)) {
                lines.add("output '%s': %s at least %s (required: %s) on %s fresh inputs"
                        .formatted(
                                verdict.subject(),
                                verdict.gate().equals(Gates.MIN_SNR) ? "SNR" : "same top-1",
                                measured(verdict),
                                limit(verdict),
                                Figures.count(inputs)));
            }
        }
        if (gates.stream().anyMatch(verdict -> verdict.gate().equals(Gates.MAX_LAYER_ERROR))) {
            lines.add("every layer is within its limit");
        }
        if (!fellBack()) {
            lines.add("no layer fell back");
        }
        lines.addAll(fallbackLines());
        return lines;
    }

    /** True if the network that is returned passes every gate. */
    public boolean passed() {
        return gates.stream().allMatch(Gates.Verdict::passed);
    }

    /** True if anything fell back. */
    public boolean fellBack() {
        return floatActivations || !fallbacks.isEmpty();
    }

    /** What fell back, in lines; none if nothing did. */
    public List<String> fallbackLines() {
        List<String> lines = new ArrayList<>();
        if (floatActivations) {
            lines.add("activations fell back from integers to float: same size, not faster");
        }
        if (!fallbacks.isEmpty()) {
            lines.add("%s fell back, found in %d checks:".formatted(Figures.plural(fallbacks.size(), "layer"), checks));
        }
        fallbacks.forEach(fallback -> lines.add("  %s from %s to %s"
                .formatted(
                        Figures.name(fallback.layer()),
                        fallback.fromBits() == Float.SIZE ? "sparse" : bits(fallback.fromBits()),
                        bits(fallback.toBits()))));
        return lines;
    }

    private static String measured(Gates.Verdict verdict) {
        return verdict.gate().equals(Gates.MIN_SNR)
                ? Figures.decibels(verdict.measured()) + " dB"
                : Figures.percent(verdict.measured(), 2);
    }

    private static String limit(Gates.Verdict verdict) {
        return verdict.gate().equals(Gates.MIN_SNR)
                ? Figures.decimal(verdict.limit(), 1)
                : Figures.percent(verdict.limit(), 2);
    }

    private static String bits(int bits) {
        return bits == Float.SIZE ? "FP32" : Figures.plural(bits, "bit");
    }
}
