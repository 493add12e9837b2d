package lathe.cli.commands;

import java.util.List;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import lathe.cli.models.Manifest;
import lathe.cli.options.ChannelSettings;
import lathe.cli.options.ConfigFile;
import lathe.cli.shell.Version;
import lathe.engine.allocate.Assignment;
import lathe.engine.graph.Graph;
import lathe.engine.grid.WeightFormat;
import lathe.engine.onnx.SourceHashes;
import lathe.engine.pipeline.CompressionOptions;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.pipeline.CompressionPlan;
import lathe.engine.pipeline.CompressionResult;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.pipeline.MemoryBudget;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.pipeline.StatisticsSource;
import lathe.engine.qdq.OrtTarget;
import lathe.engine.report.RunProvenance;
import lathe.engine.task.LayerExecutor;
import lathe.engine.twin.FloatTwin;
import lathe.precondition.GraphPasses;
import lathe.synth.input.InputOptions;
import lathe.synth.input.SynthKind;
import lathe.synth.statistics.StatisticsSources;

/**
 * One compression: joins the modules.
 *
 * @param inputs what the network is fed
 * @param options what is compressed
 * @param channels which channels are removed
 * @param choices formats that layers may get, where these are chosen for a target; empty where the options say them
 * @param target that the result is written for
 * @param equalize true if channels are equalized where that helps
 * @param recipe every option that changes the result, for the record
 */
record Compression(
        InputOptions inputs,
        CompressionOptions options,
        ChannelSettings channels,
        List<WeightFormat> choices,
        OrtTarget target,
        boolean equalize,
        ConfigFile recipe) {

    /** Solves layers in this process, unless the class path has another executor, as that of the module {@code cluster}. */
    private static final LayerExecutor EXECUTOR =
            ServiceLoader.load(LayerExecutor.class).findFirst().orElse(LayerExecutor.HERE);

    /** Rewrites that keep what a network computes. */
    private static final List<GraphPass> ALWAYS = List.of(
            GraphPasses.bodyConstants(),
            GraphPasses.tiedClassifier(),
            GraphPasses.constantFold(),
            GraphPasses.batchNormFold(),
            GraphPasses.equalWeights(),
            GraphPasses.exporterNotes());

    /** Compresses a network. */
    CompressionResult run(Graph graph, ProgressListener progress) {
        SourceHashes source = SourceHashes.of(graph);
        try (CompressionPipeline.Opened opened = open(graph, source, progress)) {
            return sealed(opened.solve(Assignment.AS_ASKED), source);
        }
    }

    /**
     * Gets ready to compress a network, perhaps several times; results are not sealed yet. The network is left with as many
     * multiplications as the {@link #channels} say; where these leave open how they are saved, see {@link ChannelSearch}.
     *
     * @param source of the files it comes from
     */
    CompressionPipeline.Opened open(Graph graph, SourceHashes source, ProgressListener progress) {
        return open(graph, source, statistics(progress), progress);
    }

    /** The same from measurements of a source; inputs that take long to make are made once for all who share one. */
    CompressionPipeline.Opened open(
            Graph graph, SourceHashes source, StatisticsSource statistics, ProgressListener progress) {
        return pipeline(channels.passes(inputs, statistics, options, progress), statistics, progress)
                .open(graph, provenance(source));
    }

    /** What {@link #run} would do, without running the network; not sealed either. */
    CompressionPlan plan(Graph graph, SourceHashes source) {
        return pipeline(Stream.empty(), statistics(ProgressListener.NONE), ProgressListener.NONE)
                .plan(graph, provenance(source));
    }

    private RunProvenance provenance(SourceHashes source) {
        return new RunProvenance(Version.TEXT, source.model(), recipe.listed(), recipe.text());
    }

    /** The same with as much of the threads and the memory as one of several runs at once may have. */
    Compression oneOf(int runs) {
        CompressionOptions shared = options.withThreads(Math.max(1, options.threads() / runs))
                .withMemory(new MemoryBudget(Math.max(1, options.memory().bytes() / runs)));
        return new Compression(inputs, shared, channels, choices, target, equalize, recipe);
    }

    /** The same for other inputs. */
    Compression withInputs(InputOptions other) {
        return new Compression(other, options, channels, choices, target, equalize, recipe);
    }

    /** The same with as many synthetic images, as if that had been asked for. */
    Compression withImages(int images) {
        return new Compression(
                inputs.withImages(images),
                options,
                channels,
                choices,
                target,
                equalize,
                recipe.with("images", String.valueOf(images)));
    }

    /** The same with multiplications saved in another way. */
    Compression withChannels(ChannelSettings other) {
        return new Compression(inputs, options, other, choices, target, equalize, recipe);
    }

    /** The same with activations in float, as if that had been asked for. */
    Compression withFloatActivations() {
        return new Compression(
                inputs,
                options.withActivationBits(OptionalInt.empty()),
                channels,
                choices,
                target,
                equalize,
                recipe.with("activations", "none"));
    }

    private long bestOpset() {
        return choices.stream().mapToLong(target::bestOpset).reduce(options.bestOpset(target), Math::max);
    }

    /** @param measuring rewrites that run the network */
    private CompressionPipeline pipeline(
            Stream<GraphPass> measuring, StatisticsSource statistics, ProgressListener progress) {
        return new CompressionPipeline(
                Stream.of(
                                Stream.of(GraphPasses.functionInlining(), GraphPasses.opsetRaise(bestOpset())),
                                ALWAYS.stream(),
                                measuring)
                        .flatMap(passes -> passes)
                        .toList(),
                candidates(),
                new AnnouncedSource(statistics, progress),
                target,
                EXECUTOR,
                options,
                progress);
    }

    /** The same result, whose graph will say what it was made from and whether it was changed since it was written. */
    static CompressionResult sealed(CompressionResult result, SourceHashes source) {
        return new CompressionResult(Manifest.into(result.graph(), source), result.report());
    }

    /** True if the channels of a layer have one scale. */
    boolean sharesScales() {
        return options.config()
                .format()
                .filter(format -> format.sharing() == WeightFormat.Sharing.TENSOR)
                .isPresent();
    }

    /**
     * Equalization helps where channels share a scale. Through Clips it costs the integer kernels of what becomes a Min,
     * so only where there are none.
     */
    private List<GraphPass> candidates() {
        if (!equalize || !sharesScales()) {
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
        Graph twin = FloatTwin.of(original).graph();
        Graph graph = GraphPasses.functionInlining().apply(twin).graph();
        for (GraphPass pass : ALWAYS) {
            graph = pass.apply(graph).graph();
        }
        for (GraphPass pass :
                List.of(GraphPasses.crossLayerEqualization(), GraphPasses.crossLayerEqualizationThroughClips())) {
            graph = rewrites.contains(pass.name()) ? pass.apply(graph).graph() : graph;
        }
        return graph;
    }

    /** Measures networks with the inputs. */
    StatisticsSource statistics(ProgressListener progress) {
        return inputs.kind() == SynthKind.GAUSSIAN
                ? StatisticsSources.gaussian(inputs, options.threads())
                : StatisticsSources.synthetic(inputs, options.threads(), progress);
    }
}
