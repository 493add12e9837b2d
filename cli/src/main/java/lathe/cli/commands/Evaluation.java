package lathe.cli.commands;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import lathe.cli.models.ImageInput;
import lathe.cli.models.LabelledImages;
import lathe.cli.models.PixelPlanes;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.Figures;
import lathe.engine.graph.Value;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.tensor.ElementType;
import lathe.synth.comparison.OutputAgreement;
import lathe.synth.network.Network;
import lathe.synth.network.Tensor;

/**
 * How well networks classify labelled images. Immutable.
 *
 * @param input how an image goes in
 * @param images what to look at
 * @param limit how many images at most
 * @param crop share of an image's shorter side that is shown where the image has another size than the input
 * @param labelOffset added to each label
 */
record Evaluation(ImageInput input, LabelledImages images, int limit, double crop, int labelOffset) {

    private static final int BATCH = 16;

    /** Images classified right, of how many. */
    record Accuracy(int correct, int total) {

        double share() {
            return (double) correct / total;
        }

        /** One standard error of the share. */
        double standardError() {
            return Math.sqrt(share() * (1 - share()) / total);
        }

        @Override
        public String toString() {
            return "%s +- %s".formatted(Figures.percent(share(), 2), Figures.decimal(100 * standardError(), 2));
        }
    }

    /**
     * What came out.
     *
     * @param model of the network in question
     * @param reference of the network it is compared with
     * @param agreement share of images that both give the same class
     * @param signalToNoise of the outputs, in dB
     */
    record Result(
            Accuracy model, Optional<Accuracy> reference, OptionalDouble agreement, OptionalDouble signalToNoise) {}

    /** Name of the output that holds the logits: the first one of numbers. */
    static String output(Network network) {
        return network.outputs().stream()
                .filter(value -> value.type() != ElementType.UNKNOWN)
                .map(Value::name)
                .findFirst()
                .orElseThrow(() -> CommandException.badInput("the network has no output of numbers"));
    }

    /** Runs one network, or two on the same images. */
    Result run(Network model, Optional<Network> reference, ProgressListener progress) throws IOException {
        int total = Math.min(limit, images.size());
        Counter counter = new Counter();
        progress.begin("classifying", total);
        int step = input.batch().orElse(BATCH);
        for (int start = 0; start < total; start += step) {
            int end = Math.min(total, start + step);
            List<PixelPlanes> pictures = new ArrayList<>();
            for (int i = start; i < end; i++) {
                pictures.add(PixelPlanes.of(images.image(i))
                        .withChannels(input.channels())
                        .fitted(input.width(), input.height(), crop));
            }
            Tensor fed = input.tensor(pictures);
            Tensor got = logits(model, fed);
            Optional<Tensor> wanted = reference.map(network -> logits(network, fed));
            for (int i = start; i < end; i++) {
                counter.add(images.label(i) + labelOffset, i - start, got, wanted);
                progress.step();
            }
        }
        return counter.result(reference.isPresent());
    }

    private Tensor logits(Network network, Tensor fed) {
        String output = output(network);
        String name = network.inputs().get(0).name();
        return network.run(Map.of(name, fed), List.of(output)).get(output);
    }

    private static final class Counter {
        private final OutputAgreement agreement = new OutputAgreement();
        private int total;
        private int correct;
        private int referenceCorrect;

        void add(int label, int sample, Tensor got, Optional<Tensor> wanted) {
            int classes = OutputAgreement.classes(got.dims());
            if (classes == 0 || got.size() != classes * got.dims()[0]) {
                throw CommandException.badInput("the network's output of shape %s does not hold one score per class"
                        .formatted(java.util.Arrays.toString(got.dims())));
            }
            if (label < 0 || label >= classes) {
                throw CommandException.badInput("label %d, but the network has the classes 0 to %d; see --label-offset"
                        .formatted(label, classes - 1));
            }
            total++;
            correct += OutputAgreement.top(got.values(), sample * classes, classes) == label ? 1 : 0;
            if (wanted.isPresent()) {
                Tensor reference = wanted.get();
                referenceCorrect += OutputAgreement.top(reference.values(), sample * classes, classes) == label ? 1 : 0;
                agreement.add(row(reference, sample, classes), row(got, sample, classes));
            }
        }

        private static Tensor row(Tensor tensor, int sample, int classes) {
            float[] row = new float[classes];
            tensor.values().get(tensor.values().position() + sample * classes, row);
            return Tensor.of(row, 1, classes);
        }

        Result result(boolean compared) {
            if (!compared) {
                return new Result(
                        new Accuracy(correct, total), Optional.empty(), OptionalDouble.empty(), OptionalDouble.empty());
            }
            return new Result(
                    new Accuracy(correct, total),
                    Optional.of(new Accuracy(referenceCorrect, total)),
                    agreement.topAgreement(),
                    OptionalDouble.of(agreement.signalToNoise()));
        }
    }
}
