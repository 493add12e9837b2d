package lathe.cli.commands;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import lathe.cli.shell.Figures;
import lathe.engine.graph.Graph;
import lathe.synth.comparison.OutputAgreement;
import lathe.synth.input.InputPlan;
import lathe.synth.input.Scaling;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;

/**
 * The SNR of a compressed network for other pixel ranges than the guessed one. Runs both networks on a few images for
 * each range.
 */
final class RangeAlternatives {

    private static final int IMAGES = 4;

    /** The ranges that networks are trained with most, and how to ask for them. */
    private static final Map<Scaling, String> OPTIONS = new LinkedHashMap<>();

    static {
        OPTIONS.put(Scaling.IMAGENET, "--mean 0.485,0.456,0.406 --std 0.229,0.224,0.225");
        OPTIONS.put(Scaling.UNIT, "--input-range 0,1");
        OPTIONS.put(Scaling.SYMMETRIC, "--input-range -1,1");
        OPTIONS.put(Scaling.BYTES, "--input-range 0,255");
    }

    private RangeAlternatives() {}

    /**
     * A line on each range; empty where the range was not guessed.
     *
     * @param plan what the compression was measured with
     */
    static Optional<String> line(Graph original, Graph compressed, InputPlan plan) {
        if (!plan.rangeGuessed()) {
            return Optional.empty();
        }
        List<Scaling> candidates = plan.candidates();
        try (Network wanted = Network.of(original, NetworkOptions.DEFAULT);
                Network got = Network.of(compressed, NetworkOptions.DEFAULT)) {
            String others = OPTIONS.entrySet().stream()
                    .filter(other -> candidates.contains(other.getKey())
                            && !other.getKey().equals(candidates.get(0)))
                    .map(other -> "%s dB with %s (%s)"
                            .formatted(
                                    Figures.decibels(decibels(wanted, got, plan.withScaling(other.getKey(), ""))),
                                    other.getKey(),
                                    other.getValue()))
                    .collect(Collectors.joining(", "));
            return Optional.of(
                    "the range of pixels was guessed; output SNR %s dB with %s as guessed, %s; give the right option"
                            .formatted(Figures.decibels(decibels(wanted, got, plan)), candidates.get(0), others));
        }
    }

    /** The least SNR of the outputs. */
    private static double decibels(Network wanted, Network got, InputPlan plan) {
        Map<String, OutputAgreement> outputs = new LinkedHashMap<>();
        int step = plan.fixedBatch().orElse(1);
        for (int image = 0; image < IMAGES; image += step) {
            Map<String, Tensor> fed = plan.batch(plan.count() + image, step);
            Map<String, Tensor> reference = wanted.run(fed);
            Map<String, Tensor> result = got.run(fed, reference.keySet());
            reference.forEach((name, tensor) ->
                    outputs.computeIfAbsent(name, n -> new OutputAgreement()).add(tensor, result.get(name)));
        }
        return outputs.values().stream()
                .mapToDouble(OutputAgreement::signalToNoise)
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }
}
