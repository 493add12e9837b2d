package lathe.cli.commands;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lathe.cli.models.ModelFiles;
import lathe.cli.models.ModelJob;
import lathe.cli.models.ModelSource;
import lathe.cli.models.ModelTarget;
import lathe.cli.options.ConfigFile;
import lathe.cli.options.TargetSettings;
import lathe.cli.options.WeightSettings;
import lathe.cli.report.Fidelity;
import lathe.cli.report.GuardOutcome;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Console;
import lathe.cli.shell.Figures;
import lathe.cli.shell.Setting;
import lathe.engine.archive.Archive;
import lathe.engine.graph.Graph;

/**
 * {@code lathe pack}: a model in as few bytes as its entropy allows. Without a target nothing is lost; with one, weights are
 * compressed first, see {@link lathe.engine.grid.CodedFormat}.
 */
final class PackCommand {

    private static final String DRY_RUN = "dry-run";
    private static final String FORCE = "force";
    private static final int LARGEST_PARTS = 20;

    private static final String QUALITY = "quality";
    private static final String SNR = "target-snr";

    /** What --quality stands for: an SNR in dB. */
    private static final Map<String, String> PRESETS = Map.of("high", "30", "balanced", "20", "small", "12");

    private static final List<CommandOption> TARGETS = List.of(
            CommandOption.value(
                    "target-size",
                    "SIZE|PERCENT",
                    "none",
                    "largest size of the archive, such as 800KB or 5%: weights become as coarse as that needs, layer by layer so"
                            + " that the least is lost"),
            CommandOption.value(
                    SNR,
                    "DB",
                    "none",
                    "SNR that every output keeps on fresh synthetic inputs: weights as coarse as that allows; with"
                            + " --target-size, it must be within that"),
            CommandOption.value(
                    QUALITY,
                    "high|balanced|small",
                    "none",
                    "high is --target-snr 30, balanced 20, small 12; where the file has no BatchNormalization, real inputs may"
                            + " show 10 dB less"));

    /** Options of {@code compress} that mean nothing without a target. */
    private static final Set<String> OF_TARGETS = Set.of(
            "exclude",
            "solver",
            "effort",
            "synth",
            "refine-steps",
            "images",
            "inputs",
            "seed",
            "input-range",
            "mean",
            "std",
            "input-shape",
            "threads",
            "max-memory");

    static final Command COMMAND = new Command(
            "pack",
            "packs a model into an archive, without loss or for a size or an SNR",
            List.of("MODEL"),
            List.of(
                    "pack mobilenet.int8.onnx",
                    "pack mobilenet.int4.onnx -o mobilenet.lathe --force",
                    "pack mobilenet.int8.onnx --dry-run",
                    "pack - -o - < mobilenet.int8.onnx > mobilenet.lathe",
                    "pack mobilenet.onnx --target-size 1.5MB --input-range -1,1",
                    "pack mobilenet.onnx --target-snr 20 --input-range -1,1",
                    "pack mobilenet.onnx --quality balanced --input-range -1,1"),
            options(),
            PackCommand::run);

    private PackCommand() {}

    private static List<CommandOption> options() {
        List<CommandOption> options = new ArrayList<>(List.of(
                CommandOption.value(
                                ModelJob.OUTPUT,
                                "FILE",
                                "MODEL.lathe",
                                "where to write the archive; - is standard output, and as MODEL standard input")
                        .withLetter('o'),
                CommandOption.flag(FORCE, "replace the output if it exists").withLetter('f'),
                CommandOption.flag(DRY_RUN, "print the archive's size and write nothing")));
        options.addAll(TARGETS);
        CompressOptions.all().stream()
                .filter(option -> OF_TARGETS.contains(option.name()))
                .forEach(options::add);
        return options;
    }

    /**
     * The answer.
     *
     * @param output null if nothing was written
     * @param fidelity how closely outputs are followed; null where nothing was lost
     * @param largestParts the tensors that take most of the archive
     */
    private record Answer(
            String model,
            String output,
            long bytesBefore,
            long bytesAfter,
            double ratio,
            double seconds,
            Fidelity fidelity,
            List<PartLine> largestParts) {}

    /** One tensor. */
    private record PartLine(
            String name, String type, List<Long> shape, String coding, long bytesBefore, long bytesAfter) {
        static PartLine of(Archive.Part part) {
            return new PartLine(
                    part.name(), part.type().name(), part.dims(), part.coding(), part.bytes(), part.packedBytes());
        }
    }

    /**
     * An archive, and what it was made from.
     *
     * @param compressed for a target; empty if there is none
     */
    private record Packed(Archive archive, long bytesBefore, Optional<CheckedCompression> compressed) {}

    private static void run(Arguments arguments, Console console) throws IOException {
        ModelJob job = ModelJob.of(
                        arguments, console, file -> file.resolveSibling(ModelFiles.stem(file) + ModelFiles.ARCHIVE))
                .get(0);
        ModelSource model = job.source(console);
        ModelTarget output = job.target();
        boolean writes = !arguments.has(DRY_RUN);
        if (writes) {
            output.check(arguments.has(FORCE));
        }
        if (model.isArchive()) {
            throw CommandException.badInput("%s: is an archive already".formatted(model.name()));
        }
        long start = System.nanoTime();
        Packed packed = packed(model, arguments, console);
        Archive archive = packed.archive();
        if (writes) {
            output.write(archive);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        double ratio = (double) packed.bytesBefore() / archive.bytes();
        console.answer(new Answer(
                model.name(),
                writes ? output.name() : null,
                packed.bytesBefore(),
                archive.bytes(),
                ratio,
                seconds,
                packed.compressed().map(found -> found.checks().fidelity()).orElse(null),
                archive.parts().stream()
                        .sorted(Comparator.comparingLong(Archive.Part::packedBytes)
                                .reversed())
                        .limit(LARGEST_PARTS)
                        .map(PartLine::of)
                        .toList()));
        console.say("%s: %s -> %s (%sx smaller), %s"
                .formatted(
                        writes ? output.name() : model.name(),
                        Figures.bytes(packed.bytesBefore()),
                        Figures.bytes(archive.bytes()),
                        Figures.decimal(ratio, 2),
                        writes ? Figures.seconds(seconds) : "nothing written"));
        packed.compressed().ifPresent(found -> {
            console.say(found.checks().fidelity().summary());
            GuardOutcome floor = found.checks().floor();
            if (!floor.passed()) {
                throw CommandException.gateFailedAsAnswered("%s: %s although compression failed: %s"
                        .formatted(
                                writes ? output.name() : model.name(), writes ? "written" : "packed", floor.atFirst()));
            }
        });
    }

    private static Packed packed(ModelSource model, Arguments arguments, Console console) throws IOException {
        Map<String, Setting> preset = preset(arguments);
        if (preset.isEmpty() && TargetSettings.of(arguments).isEmpty()) {
            OF_TARGETS.stream()
                    .filter(name -> !arguments.all(name).isEmpty())
                    .sorted()
                    .findFirst()
                    .ifPresent(name -> {
                        throw CommandException.badInput(
                                "--%s: without --target-size, --target-snr or --quality a model is packed as it is; give one of them"
                                        .formatted(name));
                    });
            Archive archive = model.packed();
            return new Packed(archive, archive.bytesBefore(), Optional.empty());
        }
        Map<String, Setting> settings = new HashMap<>(preset);
        settings.put(WeightSettings.FORM.name(), new Setting(List.of("archive"), "--weight-form"));
        Arguments forArchive = arguments.withFallbacks(settings);
        Graph graph = model.read();
        InputTrust trust = InputTrust.of(
                forArchive,
                graph,
                CompressOptions.compression(
                        COMMAND, forArchive, ConfigFile.NONE, CompressOptions.inputs(forArchive), true));
        long bytesBefore = model.bytes(graph);
        CheckedCompression checked = ModelFiles.blaming(
                        model.name(),
                        ModelFiles.knowsShapes(trust.compression().inputs(), graph),
                        () -> CheckedCompression.of(
                                trust.compression(), forArchive, graph, bytesBefore, console.progress()))
                .with(found -> trust.noted(found, trust.ranges(found, forArchive, graph)));
        checked.result().report().warnings().forEach(console::warn);
        return new Packed(GraphArchive.of(checked.result().graph()), bytesBefore, Optional.of(checked));
    }

    /** The SNR that a preset stands for; empty if none is given. */
    private static Map<String, Setting> preset(Arguments arguments) {
        if (arguments.text(QUALITY).isEmpty()) {
            return Map.of();
        }
        if (arguments.text(SNR).isPresent()) {
            throw CommandException.badInput("--quality and --target-snr exclude each other; leave one out");
        }
        String word = arguments.choice(QUALITY, "", "high", "balanced", "small");
        return Map.of(SNR, new Setting(List.of(PRESETS.get(word)), "--" + QUALITY));
    }
}
