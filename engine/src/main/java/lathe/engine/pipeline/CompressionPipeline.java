package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import lathe.engine.allocate.Assignment;
import lathe.engine.allocate.CostModel;
import lathe.engine.allocate.LayerTable;
import lathe.engine.allocate.LayerTable.Choice;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.grid.CodebookFormat;
import lathe.engine.grid.CodedFormat;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Precision;
import lathe.engine.layer.SolvedLayer;
import lathe.engine.pipeline.Refinement.Refined;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.report.CompressionReport;
import lathe.engine.report.KeptChannels;
import lathe.engine.report.LayerReport;
import lathe.engine.report.RunProvenance;
import lathe.engine.target.Placement;
import lathe.engine.target.Target;
import lathe.engine.task.DamageTask.Damage;
import lathe.engine.task.LayerConfig;
import lathe.engine.task.LayerExecutor;
import lathe.engine.twin.FloatTwin;

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

    /** Where it notes with how many bits its nodes multiply with constant weights, see {@link Precision#text}. */
    public static final String PRECISION = "lathe.bits";

    /** Where it notes the SHA-256 of the file it was made from. */
    public static final String SOURCE = "lathe.source.sha256";

    private final List<GraphPass> passes;
    private final List<GraphPass> candidates;
    private final StatisticsSource source;
    private final Target target;
    private final LayerExecutor executor;
    private final CompressionOptions options;
    private final ProgressListener progress;

    /**
     * Joins the parts of a run.
     *
     * @param passes rewrites that are always done, in this order
     * @param candidates rewrites that are done if they make layers easier to quantize
     * @param source where statistics come from
     * @param target that networks are written for
     * @param executor runs the tasks of layers
     */
    public CompressionPipeline(
            List<GraphPass> passes,
            List<GraphPass> candidates,
            StatisticsSource source,
            Target target,
            LayerExecutor executor,
            CompressionOptions options,
            ProgressListener progress) {
        this.passes = List.copyOf(passes);
        this.candidates = options.config().format().isPresent() ? List.copyOf(candidates) : List.of();
        this.source = source;
        this.target = target;
        this.executor = executor;
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
            return opened.solve(Assignment.AS_ASKED);
        }
    }

    /**
     * Rewrites a network and gets ready to measure it, for runs that differ in what falls back.
     *
     * @throws NothingToCompressException if no layer can be compressed, or all are excluded
     * @throws lathe.engine.graph.UnsupportedModelException if the network cannot be run or rewritten
     */
    public Opened open(Graph original, RunProvenance provenance) {
        executor.connect();
        FloatTwin twin = FloatTwin.of(original);
        Rewriting rewriting = Rewriting.of(twin.graph(), passes);
        Preconditioning preconditioning =
                Preconditioning.of(rewriting.graph(), candidates, source, options, target, progress);
        return new Opened(twin, rewriting, preconditioning, provenance);
    }

    /**
     * A network that is ready to be solved. What was measured of its layers, and every solution found, is kept for the
     * next run, so that one that differs in few layers costs little. Not thread-safe.
     */
    public final class Opened implements AutoCloseable {
        private final FloatTwin twin;
        private final Preconditioning preconditioning;
        private final List<String> changes;
        private final Rewriting rewriting;
        private final RunProvenance provenance;
        private final Selection all;
        private final Measurement measurement;
        private final KnownSolutions known;

        private Opened(FloatTwin twin, Rewriting rewriting, Preconditioning preconditioning, RunProvenance provenance) {
            this.twin = twin;
            this.preconditioning = preconditioning;
            this.changes = Stream.of(rewriting.changes(), preconditioning.notes())
                    .flatMap(List::stream)
                    .toList();
            this.rewriting = rewriting;
            this.provenance = provenance;
            this.all = Selection.of(prepared(), options, target);
            this.measurement = source.open(prepared());
            this.known = new KnownSolutions(prepared(), all, measurement, executor, progress);
        }

        /** The network as it is before its layers are solved. */
        public Graph prepared() {
            return preconditioning.graph();
        }

        /** Why channels stay, as far as any were to be removed. */
        public Optional<KeptChannels> keptChannels() {
            return rewriting.kept();
        }

        /**
         * Solves the layers and writes the result back. Layers that were pruned stay as they were pruned.
         *
         * @throws NothingToCompressException if no layer is left
         * @throws lathe.engine.graph.UnsupportedModelException if the network cannot be run
         */
        public CompressionResult solve(Assignment assignment) {
            Selection selection = selection(assignment);
            Placement placement = selection.placement();
            ActivationScales scales = scales(selection);
            Refined refined = refined(known.solutions(selection, scales.byValue()));
            List<SolvedLayer> replaced = refined.solutions().stream()
                    .map(solution -> isCoded(solution.config()) ? solution.withHalfBiases() : solution)
                    .flatMap(solution -> solution.layers().stream())
                    .toList();
            Graph quantized = placement.write(replaced, scales.byValue());
            LayerReports reports = new LayerReports(selection, scales.noise());
            List<LayerReport> layers = reports.of(refined.solutions());
            CompressionReport report = new CompressionReport(
                    provenance,
                    changes,
                    rewriting.channels(),
                    rewriting.kept(),
                    measurement.assumptions(),
                    layers,
                    selection.inventory(),
                    refined.notes(),
                    scales.reports(),
                    Stream.of(
                                    selection.warnings(),
                                    scales.warnings(),
                                    reports.warnings(),
                                    reports.inputWarnings(layers))
                            .flatMap(List::stream)
                            .toList());
            return new CompressionResult(
                    withProvenance(twin.restored(quantized), selection, provenance, preconditioning.taken()), report);
        }

        /**
         * What each layer of a solved network has, and what it may fall back to; costs are bytes of weights.
         *
         * @param assignment that was solved
         * @param solved its result
         */
        public List<LayerTable> fallbacks(Assignment assignment, CompressionResult solved) {
            Selection selection = selection(assignment);
            Map<String, Double> errors = new HashMap<>();
            solved.report().layers().forEach(layer -> errors.put(layer.layer(), layer.error()));
            return selection.layers().stream()
                    .map(layer -> LayerTable.ofFallbacks(
                            layer, selection.configs().of(layer), errors.get(layer.name()), CostModel.WEIGHTS))
                    .toList();
        }

        /**
         * What each format does to each layer, and the bytes that it takes; FP32 does nothing. Layers whose weights are
         * shared have one table; those whose format is given have none.
         *
         * @param formats to choose from, with one scale per output channel where blocks cannot be stored
         * @param mixed true to leave inputs in float with these formats, and to offer 8-bit weights with quantized inputs,
         *     the first choice, where there is an integer kernel
         */
        public List<LayerTable> tables(List<WeightFormat> formats, boolean mixed) {
            Map<SharedLayers, List<LayerConfig>> configs = configs(formats, mixed);
            ActivationScales scales = scales(all);
            return tables(
                    configs,
                    known.damages(all, configs, scales.byValue(), shared -> mixed ? inputNoise(shared, scales) : 0));
        }

        /**
         * The same tables without what formats do, for which nothing is measured or solved: losses are 0, and so are the bytes
         * of formats whose codes vary in length.
         */
        public List<LayerTable> untried(List<WeightFormat> formats, boolean mixed) {
            Map<SharedLayers, List<LayerConfig>> configs = configs(formats, mixed);
            Map<SharedLayers, List<Damage>> none = new LinkedHashMap<>();
            configs.forEach((shared, list) -> none.put(shared, Collections.nCopies(list.size(), new Damage(0, 0))));
            return tables(configs, none);
        }

        private Map<SharedLayers, List<LayerConfig>> configs(List<WeightFormat> formats, boolean mixed) {
            Map<SharedLayers, List<LayerConfig>> configs = new LinkedHashMap<>();
            for (SharedLayers shared : SharedLayers.group(all.layers())) {
                if (shared.users().stream().noneMatch(options::setsWeightsOf)) {
                    configs.put(shared, configs(shared, formats, mixed));
                }
            }
            return configs;
        }

        private List<LayerTable> tables(
                Map<SharedLayers, List<LayerConfig>> configs, Map<SharedLayers, List<Damage>> damages) {
            List<LayerTable> tables = new ArrayList<>();
            Placement floats = target.place(prepared(), List.of());
            damages.forEach((shared, lost) -> {
                List<Choice> choices = new ArrayList<>();
                for (int i = 0; i < lost.size(); i++) {
                    LayerConfig config = configs.get(shared).get(i);
                    Placement placement = config.floatInputs() ? floats : all.placement();
                    double bytes = isCoded(config)
                            ? Math.ceil(lost.get(i).bits() / Byte.SIZE)
                            : shared.bytes(placement, config.format());
                    choices.add(new Choice(config, lost.get(i).share(), bytes));
                }
                LayerConfig unchanged = all.configs().of(shared.first()).withFormat(Optional.empty());
                choices.add(new Choice(unchanged, 0, shared.bytes(all.placement(), Optional.empty())));
                tables.add(new LayerTable(shared.first().name(), choices));
            });
            return tables;
        }

        /**
         * The same tables with losses weighted by what of them reaches the outputs, see {@link LossWeights}. Each layer costs
         * a solve and a run of the network over all inputs.
         *
         * @param tables of {@link #tables}
         */
        public List<LayerTable> weighted(List<LayerTable> tables) {
            LossWeights weights = LossWeights.of(tables);
            Selection selection = selection(Assignment.of(weights.configs(), "tried alone"));
            Placement floats = target.place(prepared(), List.of());
            return weights.applyTo(
                    tables,
                    known.solutions(selection, scales(selection).byValue()),
                    alone -> measurement.outputError(floats.write(alone, Map.of())),
                    progress);
        }

        private static boolean isCoded(LayerConfig config) {
            return config.format().orElse(null) instanceof CodedFormat;
        }

        private List<LayerConfig> configs(SharedLayers shared, List<WeightFormat> formats, boolean mixed) {
            LayerConfig base = all.configs().of(shared.first());
            List<LayerConfig> configs = new ArrayList<>();
            Set<Layer> suited = NetworkCodebooks.suited(all.layers());
            if (mixed && all.canUseIntegers(shared)) {
                configs.add(base.withFormat(Optional.of(WeightFormat.perChannel(Byte.SIZE))));
            }
            for (WeightFormat format : formats) {
                if (format instanceof CodebookFormat && !suited.contains(shared.first())) {
                    continue;
                }
                WeightFormat suits = target.suited(shared.first(), format);
                WeightFormat stored = target.canStore(suits, prepared().opset()) ? suits : suits.perChannel();
                LayerConfig config = base.withFormat(Optional.of(stored)).withLevelOfZero();
                configs.add(mixed ? config.withFloatInputs() : config);
            }
            return configs.stream().distinct().toList(); // of 1 and of 2 bits, where zeros have to stay
        }

        private double inputNoise(SharedLayers shared, ActivationScales scales) {
            return shared.users().stream()
                    .flatMap(user -> all.placement().scaleOfInput(user).stream())
                    .mapToDouble(scales.noise()::get)
                    .average()
                    .orElse(0);
        }

        /** Bits of a weight with these configurations, on average over the layers named. */
        public double meanBits(Map<String, LayerConfig> configs) {
            double bits = 0;
            double weights = 0;
            for (Layer layer : all.layers()) {
                LayerConfig config = configs.get(layer.name());
                if (config != null) {
                    bits += (double) layer.weights().elements() * config.bits();
                    weights += layer.weights().elements();
                }
            }
            return bits / weights;
        }

        /**
         * The file that these configurations lead to, with other numbers in the same places, see {@link CompressionPlan}.
         */
        public Graph standIn(Assignment assignment) {
            Selection selection = selection(assignment);
            return withProvenance(
                    twin.restored(CompressionPlan.of(selection, changes).standIn()),
                    selection,
                    provenance,
                    preconditioning.taken());
        }

        /**
         * With how many bits each {@link lathe.engine.operator.Multiplication} of the network that these configurations
         * lead to is done, in their order.
         */
        public List<Precision> precisions(Assignment assignment) {
            return selection(assignment).precisions();
        }

        private ActivationScales scales(Selection selection) {
            Placement placement = selection.placement();
            return ActivationScales.choose(
                    prepared(),
                    placement,
                    known.values(placement.valuesToMeasure()),
                    selection.activationBits(),
                    options.activationRange());
        }

        private Selection selection(Assignment assignment) {
            return all.with(new Assignment(
                    known.agreed(assignment.configs()), assignment.floatActivations(), assignment.reason()));
        }

        /** At 8 bits everywhere there is nothing to gain. */
        private Refined refined(List<LayerSolution> solutions) {
            if (solutions.stream().noneMatch(solution -> solution.config().isCoarse())) {
                return new Refined(solutions, List.of());
            }
            progress.begin("refining", 1);
            Refined refined = Refinement.refine(
                    prepared(), target.place(prepared(), List.of()), measurement, solutions, known::twoSided);
            progress.step();
            return refined;
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
        FloatTwin twin = FloatTwin.of(original);
        Rewriting rewriting = Rewriting.of(twin.graph(), passes);
        Selection selection = Selection.of(rewriting.graph(), options, target);
        CompressionPlan plan = CompressionPlan.of(selection, rewriting.changes());
        return plan.withStandIn(withProvenance(twin.restored(plan.standIn()), selection, provenance, List.of()));
    }

    private static Graph withProvenance(
            Graph graph, Selection selection, RunProvenance provenance, List<String> rewrites) {
        GraphEdit edit = graph.edit();
        edit.metadata(PRECISION, Precision.text(selection.precisions()));
        if (!rewrites.isEmpty()) {
            edit.metadata(REWRITES, String.join(" ", rewrites));
        }
        edit.metadata(VERSION, provenance.version());
        edit.metadata(SOURCE, provenance.sourceSha256());
        if (!provenance.recipe().isEmpty()) {
            edit.metadata(RunProvenance.RECIPE, provenance.recipe());
        }
        return edit.build();
    }
}
