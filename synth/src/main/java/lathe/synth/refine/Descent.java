package lathe.synth.refine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.pipeline.Workers;
import lathe.synth.image.Pictures;
import lathe.synth.input.InputPlan;
import lathe.synth.network.Network;
import lathe.synth.network.Tensor;

/**
 * Descends on the pixels of a group of images, whose moments are taken together. A step measures the moments of all images, then
 * runs all of them forward and back. To take the moments of the step before instead, and so save a quarter of
 * the time, does not converge on deep networks.
 *
 * @param measuring network that returns the outputs of the loss
 * @param backward network that returns the gradient
 * @param gradient name of that output
 * @param plan the inputs of both
 * @param run images of a run
 */
record Descent(Network measuring, Network backward, MomentLoss loss, String gradient, InputPlan plan, int run) {

    /** Of the first step, in units of the range of a pixel; later ones fall with half a cosine (Loshchilov and Hutter, 2017). */
    static final double RATE = 0.005;

    /** Weight of the mean absolute difference of neighbours. */
    private static final double VARIATION = 0.01;

    /**
     * The images refined.
     *
     * @param first number of the first image
     * @param count number of images, a multiple of {@code run} where the network asks for that
     * @throws UnsupportedModelException if they do not get nearer to the statistics
     */
    List<float[]> refined(int first, int count, int steps, Workers workers, ProgressListener progress) {
        Pictures originals = plan.pictures().orElseThrow();
        List<float[]> images =
                IntStream.range(first, first + count).mapToObj(originals::image).toList();
        List<Adam> adams = images.stream().map(image -> new Adam(image.length)).toList();
        TotalVariation variation = new TotalVariation(originals.channels(), originals.height(), originals.width());
        InputPlan current = plan.withPictures(new Moving(originals, first, images));
        MeanOutputs moments = moments(current, first, count, workers);
        double before = loss.value(moments);
        for (int step = 0; step < steps; step++) {
            Map<String, Tensor> coefficients = loss.coefficients(moments);
            List<Tensor> gradients =
                    inRuns(first, count, workers, (from, size) -> gradient(current.batch(from, size), coefficients));
            double rate = RATE * (1 + Math.cos(Math.PI * step / steps)) / 2;
            for (int i = 0; i < count; i++) {
                float[] slope = current.imageGradient(first + i, gradients.get(i / run), i % run);
                variation.addGradient(images.get(i), slope, (float) (VARIATION / slope.length));
                adams.get(i).step(images.get(i), slope, rate);
            }
            moments = moments(current, first, count, workers);
            progress.step();
        }
        double after = loss.value(moments);
        if (!(after < before)) {
            throw new UnsupportedModelException(
                    "%d steps lead from %.3g to %.3g, no nearer to the statistics".formatted(steps, before, after));
        }
        return images;
    }

    /** The images of a group as they are now. */
    private record Moving(Pictures originals, int first, List<float[]> images) implements Pictures {
        @Override
        public int channels() {
            return originals.channels();
        }

        @Override
        public int height() {
            return originals.height();
        }

        @Override
        public int width() {
            return originals.width();
        }

        @Override
        public float[] image(int index) {
            return images.get(index - first);
        }
    }

    /** Does something with the images of each run, given its first one and how many, several at once; in their order. */
    private <T> List<T> inRuns(int first, int count, Workers workers, BiFunction<Integer, Integer, T> work) {
        List<Supplier<T>> runs = new ArrayList<>();
        for (int done = 0; done < count; done += run) {
            int from = first + done;
            int size = Math.min(run, count - done);
            runs.add(workers.start(() -> work.apply(from, size)));
        }
        return runs.stream().map(Supplier::get).toList();
    }

    private MeanOutputs moments(InputPlan current, int first, int count, Workers workers) {
        return MeanOutputs.of(inRuns(
                first,
                count,
                workers,
                (from, size) -> MeanOutputs.of(size, loss.outputs(), measuring.run(current.batch(from, size)))));
    }

    private Tensor gradient(Map<String, Tensor> batch, Map<String, Tensor> coefficients) {
        Map<String, Tensor> feeds = new HashMap<>(batch);
        feeds.putAll(coefficients);
        return backward.run(feeds).get(gradient);
    }
}
