package lathe.synth.statistics;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.pipeline.ProgressListener;
import lathe.synth.image.Pictures;
import lathe.synth.input.InputPlan;
import lathe.synth.refine.RefinedImages;

/**
 * Images refined for the first graph that is measured. Others that are measured later are rewrites of it, which compute the
 * same, and get the same images. Thread-safe.
 */
final class Refining {

    private final int steps;
    private final int threads;
    private final ProgressListener progress;
    private Optional<UnaryOperator<InputPlan>> found = Optional.empty();

    /** @param threads runs of the network at once; the images do not depend on it */
    Refining(int steps, int threads, ProgressListener progress) {
        this.steps = steps;
        this.threads = threads;
        this.progress = progress;
    }

    /** Plans with refined images, or, where there can be none, with the reason. */
    synchronized UnaryOperator<InputPlan> of(Graph graph, Function<Graph, InputPlan> plan) {
        if (found.isEmpty()) {
            found = Optional.of(refined(graph, plan));
        }
        return found.get();
    }

    private UnaryOperator<InputPlan> refined(Graph graph, Function<Graph, InputPlan> plan) {
        try {
            Graph open = Batching.of(graph, plan::apply, List.of()).graph();
            Pictures images = RefinedImages.of(open, plan.apply(open), steps, threads, progress);
            String note =
                    ", refined by %d gradient steps toward the statistics of BatchNormalizations".formatted(steps);
            return planned -> planned.withPictures(images).withImageNote(note);
        } catch (UnsupportedModelException e) {
            return planned -> planned.withImageNote(" (not refined: %s)".formatted(e.getMessage()));
        }
    }
}
