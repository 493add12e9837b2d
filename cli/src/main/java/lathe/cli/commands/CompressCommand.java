package lathe.cli.commands;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.cli.models.ModelFiles;
import lathe.cli.models.ModelJob;
import lathe.cli.models.ModelSource;
import lathe.cli.models.ModelTarget;
import lathe.cli.options.ConfigFile;
import lathe.cli.options.InputSettings;
import lathe.cli.options.TargetSettings;
import lathe.cli.options.TargetSettings.Target;
import lathe.cli.options.WeightSettings;
import lathe.cli.report.ReportFile;
import lathe.cli.report.ReportText;
import lathe.cli.report.RunReport;
import lathe.cli.report.RunReport.RunFiles;
import lathe.cli.report.SamplePicture;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Console;
import lathe.cli.shell.Setting;
import lathe.engine.graph.Graph;
import lathe.engine.grid.WeightFormat;
import lathe.engine.pipeline.CompressionResult;

/** {@code lathe compress}: a smaller model out of a model, without data. */
final class CompressCommand {

    private static final String ONNX = ".onnx";

    static final Command COMMAND = new Command(
            "compress",
            "compresses a model without data",
            List.of("MODEL..."),
            List.of(
                    "compress mobilenet.onnx",
                    "compress mobilenet.onnx --weights 4 --dry-run",
                    "compress a.onnx b.onnx c.onnx -o small --jobs 2",
                    "compress - -o - < mobilenet.onnx > small.onnx",
                    "compress mobilenet.onnx -o small.onnx --input-range -1,1 --exclude '*/head/*'"),
            CompressOptions.all(),
            CompressCommand::run);

    private CompressCommand() {}

    private static void run(Arguments typed, Console console) throws IOException {
        ConfigFile config = config(typed);
        Arguments arguments = configured(typed, config);
        Compression compression = CompressOptions.compression(
                COMMAND, arguments, config, TargetSettings.of(arguments).isPresent());
        List<ModelJob> jobs = ModelJob.of(
                arguments,
                console,
                model -> defaultOutput(
                        model, compression, TargetSettings.of(arguments).isPresent()));
        List<ReportFile> reports = reports(arguments, jobs);
        int atOnce = Math.min(jobs.size(), arguments.count("jobs", 1, 1));
        Compression shared = compression.oneOf(atOnce);
        SeveralModels.Work work = arguments.has(CompressOptions.DRY_RUN)
                ? (job, own) -> planned(job, arguments, shared, own)
                : (job, own) -> compressed(job, arguments, shared, reports, atOnce, own);
        if (jobs.size() == 1) {
            Object answer = work.of(jobs.get(0), console).answer();
            console.answer(answer);
            wreck(answer).ifPresent(what -> {
                throw CommandException.gateFailedAsAnswered(what);
            });
        } else {
            new SeveralModels(jobs, atOnce, console).run((job, own) -> {
                SeveralModels.Outcome outcome = work.of(job, own);
                wreck(outcome.answer()).ifPresent(what -> {
                    throw CommandException.gateFailed(what);
                });
                return outcome;
            });
        }
    }

    /** Outputs below the minimum SNR in a result that was written anyway; empty if there are none. */
    private static Optional<String> wreck(Object answer) {
        return answer instanceof RunReport report
                        && report.floor().gates().stream().anyMatch(gate -> !gate.passed())
                ? Optional.of("%s: written although compression failed: %s"
                        .formatted(report.output(), report.floor().atFirst()))
                : Optional.empty();
    }

    /** A report compares two files, and so is of one model with one result, both in files. */
    private static List<ReportFile> reports(Arguments arguments, List<ModelJob> jobs) {
        if (arguments.all(ReportFile.OPTION.name()).isEmpty()) {
            return List.of();
        }
        if (jobs.size() > 1 || arguments.has(CompressOptions.DRY_RUN)) {
            throw CommandException.badInput("--report needs exactly one model that is compressed; "
                    + (jobs.size() > 1 ? "compress it in a separate call" : "leave --dry-run out"));
        }
        ModelJob job = jobs.get(0);
        if (!(job.target() instanceof ModelTarget.OfFile target) || job.model().equals(ModelSource.STANDARD)) {
            throw CommandException.badInput("--report compares two files; name the model's and the result's");
        }
        return ReportFile.of(arguments, ModelFiles.path(job.model()), target.file());
    }

    private static SeveralModels.Outcome planned(
            ModelJob job, Arguments arguments, Compression compression, Console console) throws IOException {
        ModelSource model = job.source(console);
        Graph graph = model.read();
        InputTrust trust = InputTrust.of(arguments, graph, compression);
        DryRun.Answer answer = ModelFiles.blaming(
                model.name(), true, () -> DryRun.of(model, job.target(), arguments.has("force"), graph, trust));
        answer.warnings().forEach(console::warn);
        DryRun.print(console, answer);
        return new SeveralModels.Outcome(answer, answer.bytesBefore(), answer.predictedBytes(), Optional.empty());
    }

    private static SeveralModels.Outcome compressed(
            ModelJob job, Arguments arguments, Compression typed, List<ReportFile> reports, int atOnce, Console console)
            throws IOException {
        long start = System.nanoTime();
        ModelSource model = job.source(console);
        ModelTarget output = job.target();
        output.check(arguments.has("force"));
        Graph graph = model.read();
        InputTrust trust = InputTrust.of(arguments, graph, typed);
        Compression compression = trust.compression();
        CheckedCompression checked = compress(compression, arguments, model, graph, console)
                .with(found -> trust.noted(found, arguments, graph));
        CompressionResult result = checked.result();
        model.checkUnchanged(graph);
        ModelTarget.Written written = output.write(result.graph());
        result.report().warnings().forEach(console::warn);
        RunFiles files =
                new RunFiles(model.name(), output.name(), model.bytes(graph), written.bytes(), written.sha256());
        double seconds = (System.nanoTime() - start) / 1e9;
        Optional<Timing> timing = timing(arguments, compression, graph, checked, atOnce);
        RunReport report = RunReport.of(
                result.report(),
                checked.checks(),
                files,
                seconds,
                timing.map(Timing::times),
                reports.isEmpty() ? List.of() : SamplePicture.of(graph, compression.inputs()));
        for (ReportFile file : reports) {
            file.write(report);
        }
        ReportText.print(console, result.report(), report);
        TargetSettings.of(arguments)
                .filter(target -> target.latency().isPresent())
                .flatMap(Target::device)
                .map(device -> PredictedTime.line(device, result.graph(), compression.inputs()))
                .ifPresent(console::say);
        timing.map(Timing::line).ifPresent(console::say);
        timing.map(Timing::advice).filter(advice -> !advice.isEmpty()).ifPresent(console::warn);
        reports.forEach(file -> console.say("Report written to " + file.path()));
        return new SeveralModels.Outcome(
                report,
                files.bytesBefore(),
                files.bytesAfter(),
                report.fidelity().worst().map(worst -> worst.judged().signalToNoiseDb()));
    }

    private static Optional<Timing> timing(
            Arguments arguments, Compression compression, Graph original, CheckedCompression checked, int atOnce) {
        if (arguments.has(Timing.OPTION.name())) {
            return Optional.empty();
        }
        boolean integers = compression.options().activationBits().isPresent()
                && !checked.checks().floor().floatActivations();
        return Optional.of(
                atOnce > 1
                        ? Timing.none("other models were compressed at the same time")
                        : Timing.of(
                                original,
                                checked.result().graph(),
                                compression.inputs(),
                                integers,
                                compression.target().form()));
    }

    private static CheckedCompression compress(
            Compression compression, Arguments arguments, ModelSource model, Graph graph, Console console)
            throws IOException {
        boolean shapeGiven = !compression.inputs().shapes().isEmpty() || !ModelFiles.hasDynamicAxes(graph);
        return ModelFiles.blaming(
                model.name(),
                shapeGiven,
                () -> CheckedCompression.of(compression, arguments, graph, model.bytes(graph), console.progress()));
    }

    private static Path defaultOutput(Path model, Compression compression, boolean target) {
        String kind = target
                ? "mixed"
                : compression
                        .options()
                        .config()
                        .format()
                        .map(WeightFormat::name)
                        .orElse("pruned");
        String name = model.getFileName().toString();
        String stem = name.endsWith(ONNX) ? name.substring(0, name.length() - ONNX.length()) : name;
        return model.resolveSibling("%s.%s%s".formatted(stem, kind, ONNX));
    }

    private static ConfigFile config(Arguments typed) throws IOException {
        Optional<String> file = typed.text(CommandOption.CONFIG.name());
        return file.isEmpty() ? ConfigFile.NONE : ConfigFile.read(file.get(), COMMAND);
    }

    private static Arguments configured(Arguments typed, ConfigFile config) {
        Map<String, Setting> settings = new HashMap<>(config.options());
        settings.keySet().removeAll(WeightSettings.overruled(typed));
        settings.keySet().removeAll(InputSettings.overruled(typed));
        settings.keySet().removeAll(TargetSettings.overruled(typed));
        return typed.withFallbacks(settings);
    }
}
