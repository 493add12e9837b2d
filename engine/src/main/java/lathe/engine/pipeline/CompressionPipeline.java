package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.grid.AffineScale;
import lathe.engine.grid.Histogram;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.layer.Layers.Skipped;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.qdq.ActivationPlan;
import lathe.engine.qdq.QdqRewrite;
import lathe.engine.qdq.ReplacedLayer;
import lathe.engine.report.ActivationReport;
import lathe.engine.report.CompressionReport;
import lathe.engine.report.LayerReport;
import lathe.engine.report.RunProvenance;
import lathe.engine.solve.LayerSolver;

/**
 * The whole run: rewrite the graph, find its layers, measure their inputs, solve each layer by itself, write the result
 * back. Layers are measured and solved in batches, so that the Gram matrices held at any time stay within
 * {@link CompressionOptions#memory}. Immutable and thread-safe.
 */
public final class CompressionPipeline {

    /** Where a compressed model notes the names of the optional rewrites that were taken. */
    public static final String REWRITES = "lathe.rewrites";

    /** Where it notes the version of Lathe that made it. */
    public static final String VERSION = "lathe.version";

    /** Where it notes the SHA-256 of the file it was made from. */
    public static final String SOURCE = "lathe.source.sha256";

    /** From this many bits on, layers are so exact that scaling their outputs gains nothing. */
    private static final int FINE_BITS = 8;

    private final List<GraphPass> passes;
    private final List<GraphPass> candidates;
    private final StatisticsSource source;
    private final BiFunction<Layer, WeightFormat, LayerSolver> solvers;
    private final CompressionOptions options;
    private final ProgressListener progress;

    /**
     * Joins the parts of a run.
     *
     * @param passes rewrites that are always done, in this order
     * @param candidates rewrites that are done if they make layers easier to quantize
     * @param source where statistics come from
     * @param solvers the solver for a layer whose weights get a format
     */
    public CompressionPipeline(
            List<GraphPass> passes,
            List<GraphPass> candidates,
            StatisticsSource source,
            BiFunction<Layer, WeightFormat, LayerSolver> solvers,
            CompressionOptions options,
            ProgressListener progress) {
        this.passes = List.copyOf(passes);
        this.candidates = options.weights().isPresent() ? List.copyOf(candidates) : List.of();
        this.source = source;
        this.solvers = solvers;
        this.options = options;
        this.progress = progress;
    }

    /**
     * Compresses a network.
     *
     * @throws NothingToCompressException if no layer can be, or all are excluded
     * @throws lathe.engine.graph.UnsupportedModelException if the network cannot be run or rewritten
     */
    public CompressionResult run(Graph original, RunProvenance provenance) {
        try (Opened opened = open(original, provenance)) {
            return opened.solve(Map.of());
        }
    }

    /**
     * Rewrites a network and gets ready to measure it, for runs that differ in the bits of single layers.
     *
     * @throws NothingToCompressException if no layer can be compressed, or all are excluded
     * @throws lathe.engine.graph.UnsupportedModelException if the network cannot be run or rewritten
     */
    public Opened open(Graph original, RunProvenance provenance) {
        List<String> changes = new ArrayList<>();
        Graph graph = rewritten(original, changes);
        Preconditioning preconditioning = Preconditioning.of(graph, candidates, source, options, progress);
        changes.addAll(preconditioning.notes());
        return new Opened(preconditioning, changes, provenance);
    }

    /**
     * A network that is ready to be solved. What was measured of its layers, and every solution found, is kept for the
     * next run, so that one that differs in few layers costs little. Not thread-safe.
     */
    public final class Opened implements AutoCloseable {
        private final Graph graph;
        private final Preconditioning preconditioning;
        private final List<String> changes;
        private final RunProvenance provenance;
        private final Layers.Survey survey;
        private final Exclusion exclusion;
        private final LayerFormats formats;
        private final Measurement measurement;
        private final KnownSolutions known;

        private Opened(Preconditioning preconditioning, List<String> changes, RunProvenance provenance) {
            this.graph = preconditioning.graph();
            this.preconditioning = preconditioning;
            this.changes = changes;
            this.provenance = provenance;
            this.survey = Layers.survey(graph);
            this.exclusion = Exclusion.of(options, survey.layers());
            this.formats = LayerFormats.of(options, survey.layers(), exclusion.layers(), graph.opset());
            this.measurement = source.open(graph);
            this.known = new KnownSolutions(exclusion.layers(), measurement, options, progress);
        }

        /** The network as it is before its layers are solved. */
        public Graph prepared() {
            return graph;
        }

        /**
         * Solves the layers and writes the result back. Layers that were pruned stay as they were pruned.
         *
         * @param fallbacks by layer name: bits of a weight that a layer gets instead of what the options say, or
         *     {@link LayerOverride#FLOAT} to leave it as it is; layers that share their weights all get the most
         * @throws NothingToCompressException if no layer is left
         * @throws lathe.engine.graph.UnsupportedModelException if the network cannot be run
         */
        public CompressionResult solve(Map<String, Integer> fallbacks) {
            Map<String, Integer> bits = known.agreed(fallbacks);
            List<Layer> layers = exclusion.layers().stream()
                    .filter(layer -> bits.getOrDefault(layer.name(), 0) != LayerOverride.FLOAT)
                    .toList();
            if (layers.isEmpty()) {
                throw new NothingToCompressException("every layer would fall back to FP32");
            }
            ActivationPlan plan = options.activationBits().isPresent()
                    ? ActivationPlan.of(graph, layers)
                    : ActivationPlan.none(graph);
            Run run = new Run(graph, formats.withBits(bits), plan, measurement);
            run.solve(layers, known);
            run.refine();
            Graph quantized = QdqRewrite.apply(graph, run.quantized, plan, run.scales);
            CompressionReport report = new CompressionReport(
                    provenance,
                    changes,
                    measurement.assumptions(),
                    layers.stream()
                            .map(layer -> run.layerReports.get(layer.name()))
                            .toList(),
                    skipped(bits),
                    run.refinements,
                    run.activationReports,
                    Stream.of(exclusion.warnings(), formats.warnings(), run.warnings)
                            .flatMap(List::stream)
                            .toList());
            return new CompressionResult(withProvenance(quantized, provenance, preconditioning.taken()), report);
        }

        private List<Skipped> skipped(Map<String, Integer> bits) {
            Stream<Skipped> fallen = exclusion.layers().stream()
                    .filter(layer -> bits.getOrDefault(layer.name(), 0) == LayerOverride.FLOAT)
                    .map(layer -> new Skipped(layer.name(), layer.node().opType(), "fell back to FP32"));
            return Stream.of(survey.skipped().stream(), exclusion.skipped().stream(), fallen)
                    .flatMap(Function.identity())
                    .toList();
        }

        @Override
        public void close() {
            measurement.close();
        }
    }

    /**
     * What {@link #run} would do, without running the network. Optional rewrites, which are chosen by what they measure,
     * are left out.
     *
     * @throws NothingToCompressException if no layer can be compressed, or all are excluded
     * @throws lathe.engine.graph.UnsupportedModelException if the network cannot be rewritten
     */
    public CompressionPlan plan(Graph original, RunProvenance provenance) {
        List<String> changes = new ArrayList<>();
        Graph graph = rewritten(original, changes);
        CompressionPlan plan = CompressionPlan.of(graph, changes, options);
        return plan.withStandIn(withProvenance(plan.standIn(), provenance, List.of()));
    }

    private Graph rewritten(Graph original, List<String> changes) {
        Graph graph = original;
        for (GraphPass pass : passes) {
            GraphPass.Result result = pass.apply(graph);
            graph = result.graph();
            changes.addAll(result.changes());
        }
        checkSomethingToDo(graph);
        return graph;
    }

    private void checkSomethingToDo(Graph graph) {
        Layers.Survey survey = Layers.survey(graph);
        Exclusion exclusion = Exclusion.of(options, survey.layers());
        if (exclusion.layers().isEmpty()) {
            throw new NothingToCompressException(
                    whyNothing(Stream.concat(survey.skipped().stream(), exclusion.skipped().stream())
                            .toList()));
        }
    }

    private static String whyNothing(List<Skipped> skipped) {
        return skipped.isEmpty()
                ? "no Conv, ConvTranspose, Gemm or MatMul with constant weights"
                : "no layer left to compress: '%s' stays because %s%s"
                        .formatted(
                                skipped.get(0).name(),
                                skipped.get(0).reason(),
                                skipped.size() == 1 ? "" : ", and so for %d more".formatted(skipped.size() - 1));
    }

    private static Graph withProvenance(Graph graph, RunProvenance provenance, List<String> rewrites) {
        GraphEdit edit = graph.edit();
        if (!rewrites.isEmpty()) {
            edit.metadata(REWRITES, String.join(" ", rewrites));
        }
        edit.metadata(VERSION, provenance.version());
        edit.metadata(SOURCE, provenance.sourceSha256());
        provenance.options().forEach((name, value) -> edit.metadata("lathe.option." + name, value));
        return edit.build();
    }

    /** One run: what it has found so far. */
    private final class Run {
        private final Graph graph;
        private final LayerFormats formats;
        private final ActivationPlan plan;
        private final Measurement measurement;
        private final List<ReplacedLayer> quantized = new ArrayList<>();
        private final List<String> refinements = new ArrayList<>();
        private List<LayerSolution> solutions = new ArrayList<>();
        private final Map<String, LayerReport> layerReports = new HashMap<>();
        private final List<ActivationReport> activationReports = new ArrayList<>();
        private final List<String> warnings = new ArrayList<>();
        private Map<String, AffineScale> scales = Map.of();

        Run(Graph graph, LayerFormats formats, ActivationPlan plan, Measurement measurement) {
            this.graph = graph;
            this.formats = formats;
            this.plan = plan;
            this.measurement = measurement;
        }

        void solve(List<Layer> layers, KnownSolutions known) {
            chooseScales(known.values(plan.valuesToMeasure()), plan.ends(layers));
            layers.stream()
                    .filter(layer -> !options.memory().holdsGramOf(layer))
                    .forEach(layer -> warnings.add(tooWide(layer)));
            solutions.addAll(known.solutions(layers, formats, this::scaleFloor, solvers));
        }

        private String tooWide(Layer layer) {
            return String.format(
                    Locale.ROOT,
                    "layer '%s': its %d inputs are taken as uncorrelated, since their Gram matrix takes %.1f GB while it"
                            + " is made and used, and %.1f GB are allowed",
                    layer.name(),
                    layer.cols(),
                    options.memory().bytesFor(layer) / 1e9,
                    options.memory().bytes() / 1e9);
        }

        private void chooseScales(Map<String, Histogram> values, Set<String> ends) {
            if (options.activationBits().isEmpty()) {
                return;
            }
            int bits = options.activationBits().getAsInt();
            ActivationScales chosen = ActivationScales.choose(
                    plan,
                    values,
                    value -> ends.contains(value) ? Math.max(bits, options.endBits()) : bits,
                    options.activationRange());
            scales = chosen.byValue();
            activationReports.addAll(chosen.reports());
            warnings.addAll(chosen.warnings());
        }

        /** The least scale of each output of layers that share their weights. */
        private double[] scaleFloor(SharedLayers shared) {
            double[] floor = new double[shared.first().rows()];
            Optional<WeightFormat> format = formats.of(shared);
            for (Layer user : shared.users()) {
                double[] needed = format.map(chosen -> QdqRewrite.scaleFloor(user, chosen, graph, plan, scales))
                        .orElse(floor);
                for (int row = 0; row < floor.length; row++) {
                    floor[row] = Math.max(floor[row], needed[row]);
                }
            }
            return floor;
        }

        /** At 8 bits everywhere there is nothing to gain. */
        void refine() {
            boolean coarse = solutions.stream().anyMatch(this::isPruned)
                    || solutions.stream()
                            .flatMap(solution -> solution.format().stream())
                            .anyMatch(format -> format.bits() < FINE_BITS);
            if (coarse) {
                progress.begin("refining", 1);
                Refinement.Refined refined = Refinement.refine(graph, measurement, solutions);
                solutions = refined.solutions();
                refinements.addAll(refined.notes());
                progress.step();
            }
            for (LayerSolution solution : solutions) {
                for (ReplacedLayer layer : solution.layers()) {
                    quantized.add(layer);
                    layerReports.put(layer.layer().name(), report(layer, solution));
                }
            }
        }

        private String solverName(Layer layer, Optional<WeightFormat> format) {
            return format.map(chosen -> solvers.apply(layer, chosen).nameFor(layer.cols()))
                    .orElse(options.sparsityOf(layer).isPresent() ? "least squares" : "none");
        }

        private boolean isPruned(LayerSolution solution) {
            return options.sparsityOf(solution.only().layer()).isPresent();
        }

        private LayerReport report(ReplacedLayer replaced, LayerSolution solution) {
            Layer layer = replaced.layer();
            Optional<WeightFormat> format = solution.format();
            long weights = layer.weights().elements();
            long biases = layer.bias().isPresent() ? layer.rows() : 0;
            return new LayerReport(
                    layer.name(),
                    layer.node().opType(),
                    layer.weights().dims(),
                    format.map(WeightFormat::bits).orElse(Float.SIZE),
                    replaced.sparsity(),
                    Float.BYTES * (weights + biases),
                    QdqRewrite.storedBytes(replaced, graph, plan),
                    solution.error().relative(),
                    solution.stages(),
                    options.memory().holdsGramOf(layer) ? solverName(layer, format) : "nearest",
                    note(layer, solution));
        }

        private String note(Layer layer, LayerSolution solution) {
            int others = solution.layers().size() - 1;
            String shared = others == 0
                    ? ""
                    : "shares its weights with %d other layer%s".formatted(others, others == 1 ? "" : "s");
            return Stream.of(formats.reason(layer), shared)
                    .filter(text -> !text.isEmpty())
                    .collect(Collectors.joining("; "));
        }
    }
}
