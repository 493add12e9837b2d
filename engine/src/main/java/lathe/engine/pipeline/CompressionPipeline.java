package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.grid.AffineScale;
import lathe.engine.grid.Histogram;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.layer.Layers.Skipped;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.prune.PrunedWeights;
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
 * {@value MeasuredBatches#GRAM_BYTES} bytes, or are those of one layer. Immutable and thread-safe.
 */
public final class CompressionPipeline {

    /** Where a compressed model notes the names of the optional rewrites that were taken. */
    public static final String REWRITES = "lathe.rewrites";

    /** From this many bits on, layers are so exact that scaling their outputs gains nothing. */
    private static final int FINE_BITS = 8;

    private final List<GraphPass> passes;
    private final List<GraphPass> candidates;
    private final StatisticsSource source;
    private final Function<WeightFormat, LayerSolver> solvers;
    private final CompressionOptions options;
    private final ProgressListener progress;

    /**
     * Joins the parts of a run.
     *
     * @param passes rewrites that are always done, in this order
     * @param candidates rewrites that are done if they make layers easier to quantize
     * @param source where statistics come from
     * @param solvers the solver for each format that weights may get
     */
    public CompressionPipeline(
            List<GraphPass> passes,
            List<GraphPass> candidates,
            StatisticsSource source,
            Function<WeightFormat, LayerSolver> solvers,
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
        List<String> changes = new ArrayList<>();
        Graph graph = rewritten(original, changes);
        Preconditioning preconditioning = Preconditioning.of(graph, candidates, source, options, progress);
        graph = preconditioning.graph();
        changes.addAll(preconditioning.notes());
        Layers.Survey survey = Layers.survey(graph);
        Exclusion exclusion = Exclusion.of(options, survey.layers());
        List<Skipped> skipped = Stream.concat(survey.skipped().stream(), exclusion.skipped().stream())
                .toList();
        ActivationPlan plan = options.activationBits().isPresent()
                ? ActivationPlan.of(graph, exclusion.layers())
                : ActivationPlan.none(graph);
        try (Measurement measurement = source.open(graph)) {
            LayerFormats formats = LayerFormats.of(options, survey.layers(), exclusion.layers(), graph.opset());
            Run run = new Run(graph, formats, plan, measurement);
            run.solve(exclusion.layers());
            run.refine();
            Graph quantized = QdqRewrite.apply(graph, run.quantized, plan, run.scales);
            CompressionReport report = new CompressionReport(
                    provenance,
                    changes,
                    measurement.assumptions(),
                    exclusion.layers().stream()
                            .map(layer -> run.layerReports.get(layer.name()))
                            .toList(),
                    skipped,
                    run.refinements,
                    run.activationReports,
                    Stream.of(exclusion.warnings(), formats.warnings(), run.warnings)
                            .flatMap(List::stream)
                            .toList());
            return new CompressionResult(withProvenance(quantized, provenance, preconditioning.taken()), report);
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
                : "no layer left to compress: '%s' stays because %s, and so for %d more"
                        .formatted(skipped.get(0).name(), skipped.get(0).reason(), skipped.size() - 1);
    }

    private static Graph withProvenance(Graph graph, RunProvenance provenance, List<String> rewrites) {
        GraphEdit edit = graph.edit();
        if (!rewrites.isEmpty()) {
            edit.metadata(REWRITES, String.join(" ", rewrites));
        }
        edit.metadata("lathe.version", provenance.version());
        edit.metadata("lathe.source.sha256", provenance.sourceSha256());
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

        void solve(List<Layer> layers) {
            MeasuredBatches batches = new MeasuredBatches(
                    SharedLayers.group(layers), measurement, plan.valuesToMeasure(), options.threads(), progress);
            chooseScales(batches.values(), plan.ends(layers));
            Map<SharedLayers, List<PrunedWeights>> pruned = options.sparsity()
                    .map(sparsity -> NetworkPruning.prune(sparsity, batches))
                    .orElse(Map.of());
            solutions.addAll(batches.each(
                            "solving layers",
                            (shared, statistics) ->
                                    solution(shared, statistics, Optional.ofNullable(pruned.get(shared))))
                    .values());
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

        private LayerSolution solution(
                SharedLayers shared, Map<String, InputStatistics> statistics, Optional<List<PrunedWeights>> pruned) {
            Optional<WeightFormat> format = formats.of(shared);
            double[] floor = new double[shared.first().rows()];
            for (Layer user : shared.users()) {
                double[] needed = format.map(chosen -> QdqRewrite.scaleFloor(user, chosen, graph, plan, scales))
                        .orElse(floor);
                for (int row = 0; row < floor.length; row++) {
                    floor[row] = Math.max(floor[row], needed[row]);
                }
            }
            return LayerSolution.of(shared, statistics, pruned, format, floor, format.map(solvers));
        }

        /** At 8 bits everywhere there is nothing to gain. */
        void refine() {
            boolean coarse = options.sparsity().isPresent()
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
                    layerReports.put(
                            layer.layer().name(),
                            report(layer, solution.format(), solution.error().relative()));
                }
            }
        }

        private LayerReport report(ReplacedLayer replaced, Optional<WeightFormat> format, double error) {
            Layer layer = replaced.layer();
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
                    error,
                    format.map(chosen -> solvers.apply(chosen).nameFor(layer.cols()))
                            .orElse("least squares"));
        }
    }
}
