package lathe.cli.commands;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import lathe.cli.shell.Figures;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;

/**
 * How closely a compressed model follows its original in the integer arithmetic of this processor, and in exact one. On x86
 * processors without VNNI ONNX Runtime adds two products in 16 bits, and a file with weights too large for that is worse.
 *
 * @param outputs by name; empty where the model could not be run so
 * @param note what the user should know; empty if there is nothing
 */
record ExactIntegers(List<Line> outputs, String note) {

    /** Two figures of one output that lie further apart than this are not the same. */
    private static final double DIFFERENCE = 1;

    private static final Pattern INTEGERS = Pattern.compile("Quant|QLinear|Integer|^(If|Loop|Scan)$");

    private static final Set<String> X86 = Set.of("amd64", "x86_64", "x86", "i386", "i686");

    /** One output's SNR against the original, in dB. */
    record Line(String name, double signalToNoiseDb, double exactSignalToNoiseDb) {
        private boolean differs() {
            return Double.compare(signalToNoiseDb, exactSignalToNoiseDb) != 0
                    && !(Math.abs(signalToNoiseDb - exactSignalToNoiseDb) <= DIFFERENCE);
        }

        private String text() {
            return "output '%s' %s dB instead of %s"
                    .formatted(name, Figures.decibels(signalToNoiseDb), Figures.decibels(exactSignalToNoiseDb));
        }
    }

    /**
     * Runs a compressed model in exact integer arithmetic; empty where this processor knows no other. A model that computes in
     * float alone is not run again: there is nothing that could differ.
     *
     * @param usual SNR of its outputs as it usually runs, in dB, by name
     * @param exact finds the same of the network that is given
     */
    static Optional<ExactIntegers> of(
            Graph model,
            NetworkOptions options,
            Map<String, Double> usual,
            Function<Network, Map<String, Double>> exact) {
        if (!X86.contains(System.getProperty("os.arch").toLowerCase(Locale.ROOT))) {
            return Optional.empty();
        }
        return Optional.of(hasIntegers(model) ? run(model, options, usual, exact) : of(usual, usual));
    }

    /** True if a node may compute with quantized values, by ONNX's names of such operators, or has a body that may. */
    private static boolean hasIntegers(Graph model) {
        return model.nodes().stream()
                .map(Node::opType)
                .anyMatch(type -> INTEGERS.matcher(type).find());
    }

    /** The same on any processor. */
    static ExactIntegers run(
            Graph model,
            NetworkOptions options,
            Map<String, Double> usual,
            Function<Network, Map<String, Double>> exact) {
        Optional<Graph> complete = ZeroPoints.explicit(model);
        if (complete.isEmpty()) {
            return refused("a DequantizeLinear has no zero point");
        }
        try (Network network = Network.of(complete.get(), options.withExactIntegers(true))) {
            return of(usual, exact.apply(network));
        } catch (UnsupportedModelException e) {
            return refused(e.getMessage());
        }
    }

    private static ExactIntegers refused(String why) {
        return new ExactIntegers(
                List.of(),
                "not checked in exact integer arithmetic (session.x64quantprecision=1), so other x86 processors may"
                        + " differ: " + why);
    }

    /** Compares figures of the same outputs. */
    static ExactIntegers of(Map<String, Double> usual, Map<String, Double> exact) {
        List<Line> lines = new ArrayList<>();
        usual.forEach((name, decibels) -> lines.add(new Line(name, decibels, exact.get(name))));
        String different = lines.stream().filter(Line::differs).map(Line::text).collect(Collectors.joining("; "));
        return new ExactIntegers(
                lines,
                different.isEmpty()
                        ? ""
                        : "16-bit sums overflow on this processor, as on every x86 processor without VNNI: " + different
                                + " in exact integer arithmetic; compress the original with this version of Lathe, or run"
                                + " the file with session.x64quantprecision=1, which is slower");
    }
}
