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
 * The SNR of a compressed network for the pixel ranges that it may have been trained with, where none is known.
 *
 * @param assumed the ranges that it was compressed for
 * @param decibels least SNR of the outputs for each of them, and for other ranges
 */
record RangeAlternatives(List<Scaling> assumed, Map<Scaling, Double> decibels) {

    private static final int IMAGES = 4;

    /** The ranges that networks are trained with most, and how to ask for them. */
    private static final Map<Scaling, String> OPTIONS = new LinkedHashMap<>();

    static {
        OPTIONS.put(Scaling.IMAGENET, "--mean 0.485,0.456,0.406 --std 0.229,0.224,0.225");
        OPTIONS.put(Scaling.UNIT, "--input-range 0,1");
        OPTIONS.put(Scaling.SYMMETRIC, "--input-range -1,1");
        OPTIONS.put(Scaling.BYTES, "--input-range 0,255");
        OPTIONS.put(Scaling.CENTRED_BYTES, "--input-range -127.5,127.5");
    }

    /**
     * Runs both networks on a few images for each range; empty where the range was not guessed.
     *
     * @param plan what the compression was measured with
     */
    static Optional<RangeAlternatives> of(Graph original, Graph compressed, InputPlan plan) {
        if (!plan.rangeGuessed()) {
            return Optional.empty();
        }
        Map<Scaling, Double> decibels = new LinkedHashMap<>();
        try (Network wanted = Network.of(original, NetworkOptions.DEFAULT);
                Network got = Network.of(compressed, NetworkOptions.DEFAULT)) {
            for (Scaling scaling : plan.candidates()) {
                if (plan.assumed().contains(scaling) || OPTIONS.containsKey(scaling)) {
                    decibels.put(scaling, decibels(wanted, got, plan.withScaling(scaling, "")));
                }
            }
        }
        return Optional.of(new RangeAlternatives(plan.assumed(), decibels));
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

    /** The assumed range with the least SNR. */
    Scaling worst() {
        return assumed.stream()
                .min((a, b) -> Double.compare(decibels.get(a), decibels.get(b)))
                .orElseThrow();
    }

    /** What each range gives, in a line. */
    String line() {
        return "the range of pixels was guessed; output SNR %s; give the right option"
                .formatted(decibels.keySet().stream().map(this::words).collect(Collectors.joining(", ")));
    }

    private String words(Scaling scaling) {
        String option = OPTIONS.containsKey(scaling) ? " (%s)".formatted(OPTIONS.get(scaling)) : "";
        return "%s dB with %s%s%s"
                .formatted(
                        Figures.decibels(decibels.get(scaling)),
                        scaling,
                        assumed.contains(scaling) ? " as guessed" : "",
                        option);
    }
}
