package lathe.synth.refine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.pipeline.Workers;
import lathe.synth.gradient.InputGradient;
import lathe.synth.image.Pictures;
import lathe.synth.input.InputPlan;
import lathe.synth.network.GraphSlice;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import lathe.synth.network.ValueShapes;

/**
 * Images refined by gradients: Adam moves their pixels until the values behind BatchNormalizations have the means and
 * deviations that they had in training ({@link MomentLoss}), with total variation as a prior and pixels kept in their range.
 * After ZeroQ (Cai et al., arXiv 2001.00281), which starts from noise.
 *
 * <p>Deviation: the moments are those of {@value #GROUP} images together, though only a few go through the network at once.
 *
 * <p>What a run holds does not depend on the number of threads, and sums are taken in the order of the images; so neither does
 * the result. Memory: about 200 MB a thread, of at most {@value #RUNS_AT_ONCE}, and 12 bytes per number of an image of a
 * group, 4 of any other.
 *
 * @param images channels x height x width each, values 0 to 1; behind the last one comes the first again
 */
public record RefinedImages(int channels, int height, int width, List<float[]> images) implements Pictures {

    private static final int GROUP = 64;
    private static final int RUNS_AT_ONCE = 4;

    /** A group makes so many runs at least, to share among threads. */
    private static final int RUNS = 8;

    private static final long RUN_MEMORY = 200L << 20;

    /** What a run holds of a value at once: itself, its distance from the mean, and gradients. */
    private static final int COPIES = 3;

    public RefinedImages {
        images = List.copyOf(images);
    }

    @Override
    public float[] image(int index) {
        return images.get(index % images.size()).clone();
    }

    /**
     * Refines the images of a plan.
     *
     * @param graph with {@link Graph#statistics()}, and in which samples of a batch do not depend on each other
     * @param plan inputs of the graph
     * @param steps of Adam
     * @param threads runs of the network at once; the result does not depend on it
     * @throws UnsupportedModelException if there are no statistics, no images that could be changed, an operator has no gradient
     *     rule, or the images do not get nearer to the statistics
     */
    public static RefinedImages of(Graph graph, InputPlan plan, int steps, int threads, ProgressListener progress) {
        String input = plan.differentiable()
                .orElseThrow(
                        () -> new UnsupportedModelException("no input takes synthetic images as floating numbers"));
        if (graph.statistics().isEmpty()) {
            throw new UnsupportedModelException("no BatchNormalization statistics in this file");
        }
        Map<String, Tensor> sample = plan.batch(0, plan.fixedBatch().orElse(2));
        List<String> known = List.copyOf(
                InputGradient.differentiated(graph, input, graph.statistics().keySet()));
        ValueShapes shapes = ValueShapes.of(graph, sample, known);
        MomentLoss loss = MomentLoss.of(graph, shapes);
        InputGradient gradient = InputGradient.of(loss.graph(), input, loss.seeds(), shapes);

        int run = plan.fixedBatch().orElseGet(() -> run(known, shapes));
        int group = Math.max(1, GROUP / run) * run;
        int count = plan.fixedBatch().isPresent() ? (plan.count() + run - 1) / run * run : plan.count();
        Graph measuring = GraphSlice.of(loss.graph(), loss.outputs());
        Graph backward = GraphSlice.of(gradient.graph(), List.of(gradient.gradient()));
        List<float[]> images = new ArrayList<>();
        progress.begin("refining images", (long) steps * ((count + group - 1) / group));
        try (Network forth = Network.of(measuring, NetworkOptions.DEFAULT);
                Network back = Network.of(backward, NetworkOptions.DEFAULT);
                Workers workers = new Workers(Math.min(threads, RUNS_AT_ONCE), "images were being refined")) {
            Descent descent = new Descent(forth, back, loss, gradient.gradient(), plan, run);
            for (int from = 0; from < count; from += group) {
                images.addAll(descent.refined(from, Math.min(group, count - from), steps, workers, progress));
            }
        }
        Pictures originals = plan.pictures().orElseThrow();
        return new RefinedImages(originals.channels(), originals.height(), originals.width(), images);
    }

    /** Images of a run. */
    private static int run(List<String> values, ValueShapes shapes) {
        double two = 0;
        for (String value : values) {
            two += shapes.apply(value).orElse(List.of()).stream()
                    .mapToDouble(Long::doubleValue)
                    .reduce(1, (a, b) -> a * b);
        }
        double most = RUN_MEMORY / (two / 2 * COPIES * Float.BYTES);
        return (int) Math.max(1, Math.min(GROUP / RUNS, most));
    }
}
