package lathe.cli;

import java.util.List;
import java.util.Map;
import lathe.engine.graph.Graph;
import lathe.engine.grid.WeightFormat;
import lathe.engine.pipeline.CompressionOptions;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.pipeline.CompressionPlan;
import lathe.engine.pipeline.CompressionResult;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.pipeline.StatisticsSource;
import lathe.engine.report.RunProvenance;
import lathe.engine.solve.LayerSolver;
import lathe.engine.solve.LayerSolvers;
import lathe.engine.solve.SolverOptions;
import lathe.precondition.GraphPasses;
import lathe.synth.input.InputOptions;
import lathe.synth.input.SynthKind;
import lathe.synth.statistics.StatisticsSources;

/**
 * One compression: joins the modules.
 *
 * @param inputs what the network is fed
 * @param options what is compressed
 * @param solver {@code best}, {@code gptq} or {@code nearest}
 * @param equalize true if channels are equalized where that helps
 * @param listed the options by their command-line names, for the record
 */
record Compression(
        InputOptions inputs, CompressionOptions options, String solver, boolean equalize, Map<String, String> listed) {

    /**
     * Compresses a network.
     *
     * @param sha256 hash of the file it comes from
     */
    CompressionResult run(Graph graph, String sha256, ProgressListener progress) {
        return pipeline(progress).run(graph, new RunProvenance(Version.TEXT, sha256, listed));
    }

    /** What {@link #run} would do, without running the network. */
    CompressionPlan plan(Graph graph, String sha256) {
        return pipeline(ProgressListener.NONE).plan(graph, new RunProvenance(Version.TEXT, sha256, listed));
    }

    /** The same with another number of worker threads. */
    Compression withThreads(int threads) {
        return new Compression(inputs, options.withThreads(threads), solver, equalize, listed);
    }

    private CompressionPipeline pipeline(ProgressListener progress) {
        return new CompressionPipeline(
                List.of(GraphPasses.opsetRaise(options.bestOpset()), GraphPasses.batchNormFold()),
                candidates(),
                new AnnouncedSource(source(), progress),
                this::layerSolver,
                options,
                progress);
    }

    /**
     * Equalization helps where channels share a scale. Through Clips it costs the integer kernels of what becomes a Min,
     * so only where there are none.
     */
    private List<GraphPass> candidates() {
        boolean shared = options.weights()
                .filter(format -> format.sharing() == WeightFormat.Sharing.TENSOR)
                .isPresent();
        if (!equalize || !shared) {
            return List.of();
        }
        return List.of(
                options.activationBits().isPresent()
                        ? GraphPasses.crossLayerEqualization()
                        : GraphPasses.crossLayerEqualizationThroughClips());
    }

    /**
     * A network as it was just before its layers were compressed.
     *
     * @param rewrites names of the optional rewrites that were taken
     */
    static Graph prepared(Graph original, List<String> rewrites) {
        Graph graph = GraphPasses.batchNormFold().apply(original).graph();
        for (GraphPass pass :
                List.of(GraphPasses.crossLayerEqualization(), GraphPasses.crossLayerEqualizationThroughClips())) {
            graph = rewrites.contains(pass.name()) ? pass.apply(graph).graph() : graph;
        }
        return graph;
    }

    private StatisticsSource source() {
        return inputs.kind() == SynthKind.GAUSSIAN
                ? StatisticsSources.gaussian(inputs, options.threads())
                : StatisticsSources.synthetic(inputs, options.threads());
    }

    private LayerSolver layerSolver(WeightFormat format) {
        return switch (solver) {
            case "best" -> LayerSolvers.best(format, SolverOptions.DEFAULT);
            case "gptq" -> LayerSolvers.gptq(format, SolverOptions.DEFAULT);
            default -> LayerSolvers.nearest(format, SolverOptions.DEFAULT);
        };
    }
}
