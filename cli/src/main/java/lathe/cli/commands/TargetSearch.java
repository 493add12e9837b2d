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
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.qdq.WeightForm;
import lathe.engine.task.LayerConfig;
import lathe.synth.comparison.OutputFigures;

/**
 * Finds the bits of layers for what is to be reached.
 *
 * @param target what that is
 * @param network ready to be solved
 * @param archive true if the size is that of an archive of the file
 * @param size allocates within a size, and within the limits
 * @param limits on other costs
 * @param checks finds the SNR of outputs
 */
record TargetSearch(
        Target target,
        CompressionPipeline.Opened network,
        boolean archive,
        SizeTarget size,
        CostLimits limits,
        FallbackSearch checks) {

    static final String REASON = "chosen for the target";

    /** What a file may leave unused of the wanted size, as a share of it: each try costs a compression. */
    private static final double CLOSE = 0.01;

    /** Allocations that are tried before one keeps the limits, where costs of layers do not quite add up. */
    private static final int ROUNDS = 8;

    /**
     * Tries all choices of all layers; kernel codebooks where a file is to be so small that some layers get 1 bit, since
     * fitting them takes a while, and their tables do not pay in every network.
     *
     * @param bytesBefore size of the original
     * @throws CommandException if a limit cannot be kept
     */
    static TargetSearch of(
            Target target,
            Compression compression,
            SourceHashes source,
            CompressionPipeline.Opened network,
            FallbackSearch checks,
            long bytesBefore) {
        TargetSearch search = of(target, compression, compression.choices(), source, network, checks);
        List<WeightFormat> coarse = WeightSettings.coarse(compression.choices());
        if (coarse.isEmpty() || !search.needsSingleBits(bytesBefore)) {
            return search;
        }
        List<WeightFormat> choices =
                Stream.concat(coarse.stream(), compression.choices().stream()).toList();
        TargetSearch other = of(target, compression, choices, source, network, checks);
        return other.isBetter(search, target.size().orElseThrow().bytes(bytesBefore)) ? other : search;
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

    private boolean needsSingleBits(long bytesBefore) {
        return target.snr().isEmpty()
                && target.size()
                        .filter(wanted -> size.needsSingleBits(wanted.bytes(bytesBefore)))
                        .isPresent();
    }

    private static TargetSearch of(
            Target target,
            Compression compression,
            List<WeightFormat> choices,
            SourceHashes source,
            CompressionPipeline.Opened network,
            FallbackSearch checks) {
        CostLimits limits = CostLimits.of(target, compression, network);
        boolean mixed =
                target.needsIntegers() && compression.options().activationBits().isPresent();
        List<LayerTable> tables = network.tables(choices, mixed);
        boolean archive = compression.target().form() == WeightForm.ARCHIVE;
        boolean foreseen = !archive && !compression.options().prunes();
        BudgetAllocator allocator = new BudgetAllocator(tables, limits.on(tables));
        return new TargetSearch(
                target,
                network,
                archive,
                foreseen ? foreseen(allocator, source, network) : solved(allocator, source, network, archive),
                limits,
                checks);
    }

    /** The size of a file, known without solving any layer. */
    private static SizeTarget foreseen(
            BudgetAllocator allocator, SourceHashes source, CompressionPipeline.Opened network) {
        return new SizeTarget(
                allocator,
                configs -> OnnxWriter.size(Manifest.into(network.standIn(assignment(configs)), source)),
                SizeTarget.CLOSE);
    }

    /** The size once layers are solved: rounding adds zeros to those of pruning, and archives take what codes tell. */
    private static SizeTarget solved(
            BudgetAllocator allocator, SourceHashes source, CompressionPipeline.Opened network, boolean archive) {
        Map<Map<String, LayerConfig>, Long> known = new HashMap<>();
        return new SizeTarget(
                allocator,
                configs -> known.computeIfAbsent(configs, found -> {
                    Graph written =
                            Manifest.into(network.solve(assignment(found)).graph(), source);
                    return archive ? GraphArchive.of(written).bytes() : OnnxWriter.size(written);
                }),
                CLOSE);
    }

    private static Assignment assignment(Map<String, LayerConfig> configs) {
        return Assignment.of(configs, REASON);
    }

    /**
     * The better of what {@link #run} finds from the losses of layers as they are, and weighted by what of them reaches the
     * outputs: the one with the higher SNR on fresh inputs or, where the SNR is the target, with fewer bytes.
     */
    Assignment runWeighing(long bytesBefore) {
        Assignment plain = run(bytesBefore);
        List<LayerTable> tables = network.weighted(size.allocator().tables());
        Assignment weighted =
                with(new BudgetAllocator(tables, size.allocator().limits())).run(bytesBefore);
        if (weighted.equals(plain)) {
            return plain;
        }
        boolean better = target.snr().isPresent()
                ? size.fileBytes().applyAsLong(weighted.configs())
                        < size.fileBytes().applyAsLong(plain.configs())
                : decibels(weighted.configs()) > decibels(plain.configs());
        return better ? weighted : plain;
    }

    /**
     * The assignment of least loss within the size, or of least size that keeps the SNR.
     *
     * @param bytesBefore size of the original
     * @throws CommandException if the target cannot be reached
     */
    Assignment run(long bytesBefore) {
        TargetSearch search = this;
        for (int round = 0; round < ROUNDS; round++) {
            Map<String, LayerConfig> found = search.once(bytesBefore);
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
                target, network, archive, new SizeTarget(allocator, size.fileBytes(), size.close()), limits, checks);
    }

    private Map<String, LayerConfig> once(long bytesBefore) {
        if (size.allocator().least().isEmpty()) {
            throw notTogether();
        }
        Map<String, LayerConfig> found = target.snr().isPresent()
                ? keeping(target.snr().getAsDouble())
                : target.size().isPresent()
                        ? size.within(target.size().get().bytes(bytesBefore)).orElseThrow(() -> tooSmall(bytesBefore))
                        : size.allocator().finest();
        Optional<Amount> limit =
                target.size().filter(wanted -> size.fileBytes().applyAsLong(found) > wanted.bytes(bytesBefore));
        if (limit.isPresent()) {
            throw CommandException.impossible(
                    "%s cannot be reached: the smallest file found that keeps the SNR has %s"
                            .formatted(
                                    target.text(),
                                    Figures.bytes(size.fileBytes().applyAsLong(found))),
                    null);
        }
        return found;
    }

    /** Sizes as they add up over the layers: what an archive really takes is found by a compression each time. */
    private SizeTarget expected() {
        return archive
                ? new SizeTarget(
                        size.allocator(), configs -> (long) size.allocator().cost(configs), SizeTarget.CLOSE)
                : size;
    }

    private CommandException notTogether() {
        return CommandException.impossible(
                "%s cannot be reached together, though each can alone".formatted(target.text()), null);
    }

    private Map<String, LayerConfig> keeping(double wanted) {
        return new SnrTarget(expected(), this::decibels)
                .keeping(wanted)
                .orElseThrow(() -> CommandException.impossible(
                        "%s cannot be reached: with most bits in all layers, %s dB"
                                        .formatted(
                                                target.text(),
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
                        "%s cannot be checked: no output tells one input from another".formatted(target.text()), null));
    }

    private CommandException tooSmall(long bytesBefore) {
        long bytes = size.fileBytes().applyAsLong(size.least());
        long layers = (long) size.allocator().leastCost();
        return CommandException.impossible(
                "%s (%s) cannot be reached: the smallest file has %s, of which %s are %s with the fewest bits, and %s the rest of the network"
                        .formatted(
                                target.text(),
                                Figures.bytes(target.size().orElseThrow().bytes(bytesBefore)),
                                Figures.bytes(bytes),
                                Figures.bytes(layers),
                                Figures.plural(size.allocator().tables().size(), "layer"),
                                Figures.bytes(bytes - layers)),
                null);
    }
}
