package lathe.cli.commands;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import lathe.cli.models.Manifest;
import lathe.cli.options.TargetSettings.Amount;
import lathe.cli.options.TargetSettings.Target;
import lathe.cli.options.WeightSettings;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.Figures;
import lathe.engine.allocate.Assignment;
import lathe.engine.allocate.BudgetAllocator;
import lathe.engine.allocate.LayerTable;
import lathe.engine.allocate.LayerTable.Upgrade;
import lathe.engine.allocate.Limit;
import lathe.engine.allocate.SizeTarget;
import lathe.engine.allocate.SnrTarget;
import lathe.engine.graph.Graph;
import lathe.engine.grid.WeightFormat;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.onnx.SourceHashes;
import lathe.engine.operator.NodeCost;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.qdq.WeightForm;
import lathe.engine.task.LayerConfig;
import lathe.synth.comparison.OutputFigures;

/**
 * Finds the bits of layers for what is to be reached.
 *
 * @param goal what that is
 * @param network ready to be solved
 * @param size allocates within a size, and within the limits
 * @param limits on other costs
 * @param checks finds the SNR of outputs
 */
record TargetSearch(
        Goal goal, CompressionPipeline.Opened network, SizeTarget size, CostLimits limits, FallbackSearch checks) {

    static final String REASON = "chosen for the target";

    /** What a file may leave unused of the wanted size, as a share of it: each try costs a compression. */
    private static final double CLOSE = 0.01;

    /** Allocations that are tried before one keeps the limits, where costs of layers do not quite add up. */
    private static final int ROUNDS = 8;

    /**
     * What is to be reached with a network.
     *
     * @param target as asked for, or {@link Target#NONE}
     * @param compression with the formats to choose from
     * @param graph the original
     * @param whole the same in FP32 with all its channels, ready for its layers to be solved, which percentages are of
     * @param source of the files it comes from
     * @param bytesBefore size of the original
     */
    record Goal(
            Target target, Compression compression, Graph graph, Graph whole, SourceHashes source, long bytesBefore) {

        /** The same; where nothing is to be reached there are no percentages, and nothing is made ready. */
        static Goal of(Target target, Compression compression, Graph graph, SourceHashes source, long bytesBefore) {
            boolean needed =
                    !target.equals(Target.NONE) || compression.channels().isLossy();
            Graph whole = needed ? Compression.prepared(graph, List.of()) : graph;
            return new Goal(target, compression, graph, whole, source, bytesBefore);
        }

        /**
         * What the network still costs too much, with the fewest bits. As far as that shows before layers are solved: the SNR does
         * not, nor the size of weights that are pruned or coded.
         */
        Excess excess(CompressionPipeline.Opened network) {
            if (target.equals(Target.NONE)) {
                return Excess.NONE;
            }
            List<WeightFormat> choices = compression.choices();
            List<WeightFormat> all = Stream.concat(WeightSettings.coarse(choices).stream(), choices.stream())
                    .toList();
            List<LayerTable> tables = network.untried(all, isMixed());
            CostLimits costs = CostLimits.of(this, network);
            Excess excess = costs.excess(tables);
            if (excess.share() > 0 || target.size().isEmpty() || !isForeseen()) {
                return excess;
            }
            BudgetAllocator allocator = new BudgetAllocator(tables, costs.limits(tables));
            SizeTarget sizes = foreseen(allocator, network);
            return allocator
                    .least()
                    .map(least ->
                            new Excess(1 - (double) bytes() / sizes.fileBytes().applyAsLong(least), NodeCost.WEIGHTS))
                    .orElse(Excess.NONE); // limits that cannot be kept together
        }

        private long bytes() {
            return target.size().orElseThrow().bytes(bytesBefore);
        }

        private boolean isMixed() {
            return target.needsIntegers()
                    && compression.options().activationBits().isPresent();
        }

        private boolean isArchive() {
            return compression.target().form() == WeightForm.ARCHIVE;
        }

        private boolean isForeseen() {
            return !isArchive() && !compression.options().prunes();
        }

        /** The size of a file, known without solving any layer. */
        private SizeTarget foreseen(BudgetAllocator allocator, CompressionPipeline.Opened network) {
            return new SizeTarget(
                    allocator,
                    configs -> OnnxWriter.size(Manifest.into(network.standIn(assignment(configs)), source)),
                    SizeTarget.CLOSE);
        }

        /** The size once layers are solved: rounding adds zeros to those of pruning, and archives take what codes tell. */
        private SizeTarget solved(BudgetAllocator allocator, CompressionPipeline.Opened network) {
            Map<Map<String, LayerConfig>, Long> known = new HashMap<>();
            return new SizeTarget(
                    allocator,
                    configs -> known.computeIfAbsent(configs, found -> {
                        Graph written =
                                Manifest.into(network.solve(assignment(found)).graph(), source);
                        return isArchive() ? GraphArchive.of(written).bytes() : OnnxWriter.size(written);
                    }),
                    CLOSE);
        }
    }

    /**
     * Tries all choices of all layers; kernel codebooks where a file is to be so small that some layers get 1 bit, since
     * fitting them takes a while, and their tables do not pay in every network.
     *
     * @throws CommandException if a limit cannot be kept
     */
    static TargetSearch of(Goal goal, CompressionPipeline.Opened network, FallbackSearch checks) {
        List<WeightFormat> choices = goal.compression().choices();
        TargetSearch search = of(goal, choices, network, checks);
        List<WeightFormat> coarse = WeightSettings.coarse(choices);
        if (coarse.isEmpty() || !search.needsSingleBits()) {
            return search;
        }
        TargetSearch other =
                of(goal, Stream.concat(coarse.stream(), choices.stream()).toList(), network, checks);
        return other.isBetter(search, goal.bytes()) ? other : search;
    }

    /** True if it loses less within a size, which it uses, or if only it finds anything. */
    private boolean isBetter(TargetSearch other, long bytes) {
        Optional<Map<String, LayerConfig>> own = size.within(bytes);
        Optional<Map<String, LayerConfig>> theirs = other.size.within(bytes);
        return own.isPresent()
                && (theirs.isEmpty()
                        || (size.fileBytes().applyAsLong(own.get()) >= (1 - CLOSE) * bytes
                                && size.allocator().error(own.get())
                                        < other.size.allocator().error(theirs.get())));
    }

    private boolean needsSingleBits() {
        return goal.target().snr().isEmpty() && goal.target().size().isPresent() && size.needsSingleBits(goal.bytes());
    }

    private static TargetSearch of(
            Goal goal, List<WeightFormat> choices, CompressionPipeline.Opened network, FallbackSearch checks) {
        CostLimits limits = CostLimits.of(goal, network);
        List<Limit> kept = limits.kept(network.untried(choices, goal.isMixed())); // before time is spent on layers
        BudgetAllocator allocator = new BudgetAllocator(network.tables(choices, goal.isMixed()), kept);
        return new TargetSearch(
                goal,
                network,
                goal.isForeseen() ? goal.foreseen(allocator, network) : goal.solved(allocator, network),
                limits,
                checks);
    }

    private static Assignment assignment(Map<String, LayerConfig> configs) {
        return Assignment.of(configs, REASON);
    }

    /**
     * The better of what {@link #run} finds from the losses of layers as they are, and weighted by what of them reaches the
     * outputs: the one with the higher SNR on fresh inputs or, where the SNR is the target, with fewer bytes.
     */
    Assignment runWeighing() {
        Assignment plain = run();
        List<LayerTable> tables = network.weighted(size.allocator().tables());
        Assignment weighted =
                with(new BudgetAllocator(tables, size.allocator().limits())).run();
        if (weighted.equals(plain)) {
            return plain;
        }
        boolean better = goal.target().snr().isPresent()
                ? size.fileBytes().applyAsLong(weighted.configs())
                        < size.fileBytes().applyAsLong(plain.configs())
                : decibels(weighted.configs()) > decibels(plain.configs());
        return better ? weighted : plain;
    }

    /**
     * The assignment of least loss within the size, or of least size that keeps the SNR.
     *
     * @throws CommandException if the target cannot be reached
     */
    Assignment run() {
        TargetSearch search = this;
        for (int round = 0; round < ROUNDS; round++) {
            Map<String, LayerConfig> found = search.once();
            double[] excess = limits.excess(found);
            if (Arrays.stream(excess).allMatch(more -> more <= 0)) {
                return assignment(found);
            }
            search = search.tighter(excess);
        }
        throw notTogether();
    }

    /** What more bytes would be spent on, the most helpful first. */
    List<Upgrade> upgrades(Assignment chosen) {
        return size.allocator().upgrades(chosen.configs());
    }

    private TargetSearch tighter(double[] excess) {
        List<Limit> tighter = new ArrayList<>();
        for (int i = 0; i < excess.length; i++) {
            tighter.add(size.allocator().limits().get(i).with(-Math.max(0, excess[i])));
        }
        return with(new BudgetAllocator(size.allocator().tables(), tighter));
    }

    private TargetSearch with(BudgetAllocator allocator) {
        return new TargetSearch(
                goal, network, new SizeTarget(allocator, size.fileBytes(), size.close()), limits, checks);
    }

    private Map<String, LayerConfig> once() {
        if (size.allocator().least().isEmpty()) {
            throw notTogether();
        }
        Map<String, LayerConfig> found = goal.target().snr().isPresent()
                ? keeping(goal.target().snr().getAsDouble())
                : goal.target().size().isPresent()
                        ? size.within(goal.bytes()).orElseThrow(this::tooSmall)
                        : size.allocator().finest();
        Optional<Amount> limit =
                goal.target().size().filter(wanted -> size.fileBytes().applyAsLong(found) > goal.bytes());
        if (limit.isPresent()) {
            throw CommandException.impossible(
                    "%s cannot be reached: the smallest file found that keeps the SNR has %s"
                            .formatted(
                                    goal.target().text(),
                                    Figures.bytes(size.fileBytes().applyAsLong(found))),
                    null);
        }
        return found;
    }

    /** Sizes as they add up over the layers: what an archive really takes is found by a compression each time. */
    private SizeTarget expected() {
        return goal.isArchive()
                ? new SizeTarget(
                        size.allocator(), configs -> (long) size.allocator().cost(configs), SizeTarget.CLOSE)
                : size;
    }

    private CommandException notTogether() {
        return CommandException.impossible(
                "%s cannot be reached together, though each can alone"
                        .formatted(goal.target().text()),
                null);
    }

    private Map<String, LayerConfig> keeping(double wanted) {
        return new SnrTarget(expected(), this::decibels)
                .keeping(wanted)
                .orElseThrow(() -> CommandException.impossible(
                        "%s cannot be reached: with most bits in all layers, %s dB"
                                        .formatted(
                                                goal.target().text(),
                                                Figures.decimal(
                                                        decibels(
                                                                size.allocator().finest()),
                                                        1))
                                + "; --exclude leaves layers in FP32",
                        null));
    }

    /** Of the output with the least, on fresh inputs. */
    double decibels(Map<String, LayerConfig> configs) {
        FallbackSearch.Solved solved = FallbackSearch.Solved.of(network, assignment(configs));
        return OutputFigures.leastDecibels(checks.checked(network, solved).outputs())
                .orElseThrow(() -> CommandException.impossible(
                        "%s cannot be checked: no output tells one input from another"
                                .formatted(goal.target().text()),
                        null));
    }

    private CommandException tooSmall() {
        long bytes = size.fileBytes().applyAsLong(size.least());
        long layers = (long) size.allocator().leastCost();
        return CommandException.impossible(
                "%s (%s) cannot be reached: the smallest file has %s, of which %s are %s with the fewest bits, and %s the rest of the network"
                        .formatted(
                                goal.target().text(),
                                Figures.bytes(goal.bytes()),
                                Figures.bytes(bytes),
                                Figures.bytes(layers),
                                Figures.plural(size.allocator().tables().size(), "layer"),
                                Figures.bytes(bytes - layers)),
                null);
    }
}
