package lathe.cli.commands;

import java.util.List;
import java.util.Map;
import lathe.cli.models.Manifest;
import lathe.cli.options.TargetSettings;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.Figures;
import lathe.engine.allocate.Assignment;
import lathe.engine.allocate.BudgetAllocator;
import lathe.engine.allocate.LayerTable;
import lathe.engine.allocate.SizeTarget;
import lathe.engine.grid.WeightFormat;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.onnx.SourceHashes;
import lathe.engine.pipeline.CompressionPipeline;

/** Finds the bits of layers for a file of a wanted size. */
final class SizeSearch {

    private static final String REASON = "chosen for the target size";

    private SizeSearch() {}

    /**
     * The assignment of least loss within a size.
     *
     * @param bytesBefore size of the original
     * @param choices formats that layers may get
     * @throws CommandException if even the smallest file is larger
     */
    static Assignment within(
            TargetSettings.Size size,
            long bytesBefore,
            CompressionPipeline.Opened network,
            List<WeightFormat> choices,
            SourceHashes source) {
        List<LayerTable> tables = network.tables(choices);
        SizeTarget target = new SizeTarget(
                new BudgetAllocator(tables),
                configs -> OnnxWriter.size(Manifest.into(network.standIn(Assignment.of(configs, REASON)), source)));
        return target.within(size.bytes(bytesBefore))
                .map(configs -> Assignment.of(configs, REASON))
                .orElseThrow(() -> unreachable(size, bytesBefore, target));
    }

    private static CommandException unreachable(TargetSettings.Size size, long bytesBefore, SizeTarget target) {
        Map<String, ?> least = target.least();
        long bytes = target.fileBytes().applyAsLong(target.least());
        long weights = (long) target.allocator().leastCost();
        return CommandException.impossible(
                "--target-size %s (%s) cannot be reached: the smallest file has %s, %s of them in %s of as few bits as"
                                .formatted(
                                        size.text(),
                                        Figures.bytes(size.bytes(bytesBefore)),
                                        Figures.bytes(bytes),
                                        Figures.bytes(weights),
                                        Figures.plural(least.size(), "layer"))
                        + " possible, %s in the rest of the network".formatted(Figures.bytes(bytes - weights)),
                null);
    }
}
