package lathe.cli.commands;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import lathe.cli.commands.TargetSearch.Goal;
import lathe.cli.options.TargetSettings.Target;
import lathe.cli.report.Fidelity;
import lathe.cli.report.NextChoice;
import lathe.cli.report.TradeOff;
import lathe.cli.report.TradeOff.Point;
import lathe.cli.shell.Arguments;
import lathe.engine.allocate.SizeTarget;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.SourceHashes;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.task.LayerConfig;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;

/**
 * The curve of size against SNR: each layer is tried once with each format, bits are allocated for each size, and some
 * sizes are compressed and measured. In between, the SNR is that of the sum of the layers' damages, moved by what the
 * measured sizes on both sides of it differ from theirs.
 */
record Sweep(Compression compression, Arguments arguments, Graph graph, ProgressListener progress) {

    /** Sizes that are compressed and measured. */
    private static final int MEASURED = 5;

    /**
     * The curve.
     *
     * @param bytesBefore size of the model
     * @param count sizes, fewer where two would have the same bits
     * @param command that compresses the model, but for the size
     */
    TradeOff run(String model, long bytesBefore, int count, String command) {
        SourceHashes source = SourceHashes.of(graph);
        Goal goal = Goal.of(Target.NONE, compression, graph, source, bytesBefore);
        try (Network original = Network.of(graph, NetworkOptions.DEFAULT);
                CompressionPipeline.Opened opened = new ChannelSearch(goal, arguments, original, progress)
                        .run()
                        .opened()) {
            FallbackSearch checks = FallbackSearch.of(new Floor(), compression, arguments, original, graph, progress);
            TargetSearch search = TargetSearch.of(goal, opened, checks);
            List<Map<String, LayerConfig>> curve = allocations(search.size(), count);
            double[] decibels = new double[curve.size()];
            boolean[] measured = new boolean[curve.size()];
            IntStream.range(0, MEASURED)
                    .map(i -> Math.round((float) i * (curve.size() - 1) / (MEASURED - 1)))
                    .distinct()
                    .forEach(i -> {
                        decibels[i] = search.decibels(curve.get(i));
                        measured[i] = true;
                    });
            interpolate(search.size(), curve, decibels, measured);
            List<Point> points = new ArrayList<>();
            for (int i = 0; i < curve.size(); i++) {
                long bytes = search.size().fileBytes().applyAsLong(curve.get(i));
                points.add(new Point(
                        bytes,
                        (double) bytes / bytesBefore,
                        opened.meanBits(curve.get(i)),
                        decibels[i],
                        measured[i],
                        "%s --target-size=%d".formatted(command, bytes)));
            }
            return new TradeOff(
                    model,
                    bytesBefore,
                    Fidelity.of(
                                    checks.comparison().firstSet(),
                                    Floor.SEED,
                                    !opened.prepared().statistics().isEmpty(),
                                    List.of())
                            .inputsText(),
                    points,
                    curve.stream()
                            .map(configs -> NextChoice.nextByte(
                                    search.size().allocator().upgrades(configs)))
                            .toList());
        }
    }

    /** Sizes in equal ratios, from the smallest file to the one of most bits. */
    private static List<Map<String, LayerConfig>> allocations(SizeTarget size, int count) {
        double least = size.fileBytes().applyAsLong(size.least());
        double most = size.fileBytes().applyAsLong(size.allocator().finest());
        List<Map<String, LayerConfig>> curve = new ArrayList<>(List.of(size.least()));
        for (int i = 1; i < count; i++) {
            long bytes = (long) Math.floor(least * Math.pow(most / least, (double) i / (count - 1)));
            size.within(bytes)
                    .filter(found -> !found.equals(curve.get(curve.size() - 1)))
                    .ifPresent(curve::add);
        }
        return curve;
    }

    private static void interpolate(
            SizeTarget size, List<Map<String, LayerConfig>> curve, double[] decibels, boolean[] measured) {
        double[] predicted = curve.stream()
                .mapToDouble(configs -> -10 * Math.log10(size.allocator().error(configs)))
                .toArray();
        int before = 0;
        for (int after = 1; after < decibels.length; after++) {
            if (measured[after]) {
                double first = decibels[before] - predicted[before];
                double last = decibels[after] - predicted[after];
                for (int i = before + 1; i < after; i++) {
                    double share = (double) (i - before) / (after - before);
                    decibels[i] = predicted[i] + (1 - share) * first + share * last;
                }
                before = after;
            }
        }
    }
}
