package lathe.cli.commands;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import lathe.cli.models.ModelFiles;
import lathe.cli.models.ModelJob;
import lathe.cli.models.ModelSource;
import lathe.cli.models.ModelTarget;
import lathe.cli.options.ConfigFile;
import lathe.cli.options.DeviceProfile;
import lathe.cli.options.TargetSettings;
import lathe.cli.options.TargetSettings.Target;
import lathe.cli.report.ReportFile;
import lathe.cli.report.ReportText;
import lathe.cli.report.RunCosts;
import lathe.cli.report.RunReport;
import lathe.cli.report.RunReport.RunFiles;
import lathe.cli.report.SamplePicture;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Console;
import lathe.cli.shell.Version;
import lathe.engine.graph.Graph;
import lathe.engine.grid.WeightFormat;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.pipeline.CompressionResult;

/** {@code lathe compress}: a smaller model out of a model, without data. */
final class CompressCommand {

    static final Command COMMAND = new Command(
            "compress",
            "compresses a model without data",
            List.of("MODEL..."),
            List.of(
                    "compress mobilenet.onnx",
                    "compress mobilenet.onnx --weights 4 --dry-run",
                    "compress mobilenet.onnx --weights 4 --explain > recipe.yaml",
                    "compress a.onnx b.onnx c.onnx -o small --jobs 2",
                    "compress - -o - < mobilenet.onnx > small.onnx",
                    "compress mobilenet.onnx -o small.onnx --input-range -1,1 --exclude '*/head/*'"),
            CompressOptions.all(),
            CompressCommand::run);

    private CompressCommand() {}

    private static void run(Arguments typed, Console console) throws IOException {
        ConfigFile config = config(typed, console);
        Target limits =
                TargetSettings.of(Arguments.of(COMMAND, config.limits())).orElse(Target.NONE);
        RecipeSearch all = new RecipeSearch(Candidate.of(COMMAND, typed, config), config, limits);
        Arguments arguments = all.first().arguments();
        List<ModelJob> jobs = ModelJob.of(arguments, console, model -> defaultOutput(model, all.candidates()));
        checkPlan(arguments, jobs);
        List<ReportFile> reports = reports(arguments, jobs);
        int atOnce = Math.min(jobs.size(), arguments.count("jobs", 1, 1));
        RecipeSearch search = all.oneOf(atOnce);
        SeveralModels.Work work = isPlan(arguments)
                ? (job, own) -> planned(job, search, own)
                : (job, own) -> compressed(job, search, reports, atOnce, own);
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
        return answer instanceof RunReport report && !report.floor().passed()
                ? Optional.of("%s: written although compression failed: %s"
                        .formatted(report.output(), report.floor().atFirst()))
                : Optional.empty();
    }

    /** A report compares two files, and so is of one model with one result, both in files. */
    private static List<ReportFile> reports(Arguments arguments, List<ModelJob> jobs) {
        if (arguments.all(ReportFile.OPTION.name()).isEmpty()) {
            return List.of();
        }
        if (jobs.size() > 1 || isPlan(arguments)) {
            throw CommandException.badInput("--report needs exactly one model that is compressed; "
                    + (jobs.size() > 1 ? "compress it in a separate call" : "leave --dry-run and --explain out"));
        }
        ModelJob job = jobs.get(0);
        if (!(job.target() instanceof ModelTarget.OfFile target) || job.model().equals(ModelSource.STANDARD)) {
            throw CommandException.badInput("--report compares two files; name the model's and the result's");
        }
        return ReportFile.of(arguments, ModelFiles.path(job.model()), target.file());
    }

    private static void checkPlan(Arguments arguments, List<ModelJob> jobs) {
        boolean explains = arguments.has(CompressOptions.EXPLAIN);
        if (explains && arguments.has(CompressOptions.DRY_RUN)) {
            throw CommandException.badInput("--explain and --dry-run exclude each other: give one of them");
        }
        if (explains && jobs.size() > 1) {
            throw CommandException.badInput("--explain needs exactly one model; explain it in a separate call");
        }
    }

    private static boolean isPlan(Arguments arguments) {
        return arguments.has(CompressOptions.DRY_RUN) || arguments.has(CompressOptions.EXPLAIN);
    }

    private static SeveralModels.Outcome planned(ModelJob job, RecipeSearch search, Console console)
            throws IOException {
        Arguments arguments = search.first().arguments();
        if (arguments.has(CompressOptions.DRY_RUN)) {
            TargetSettings.of(arguments).ifPresent(target -> {
                throw CommandException.badInput(
                        "%s and --dry-run exclude each other: bits are chosen by what they lose, during the run; leave --dry-run out"
                                .formatted(target.text()));
            });
        }
        ModelSource model = job.source(console);
        Graph graph = model.read();
        DryRun.Answer plan =
                ModelFiles.blaming(model.name(), true, () -> DryRun.of(model, job.target(), graph, search));
        plan.warnings().forEach(console::warn);
        if (arguments.has(CompressOptions.EXPLAIN)) {
            Explanation.Answer explained = Explanation.of(plan, graph, search);
            console.show(explained.recipe());
            return new SeveralModels.Outcome(explained, plan.bytesBefore(), plan.predictedBytes(), Optional.empty());
        }
        DryRun.print(console, plan);
        return new SeveralModels.Outcome(plan, plan.bytesBefore(), plan.predictedBytes(), Optional.empty());
    }

    private static SeveralModels.Outcome compressed(
            ModelJob job, RecipeSearch search, List<ReportFile> reports, int atOnce, Console console)
            throws IOException {
        long start = System.nanoTime();
        ModelSource model = job.source(console);
        ModelTarget output = job.target();
        Arguments arguments = search.first().arguments();
        output.check(arguments.has("force"));
        Graph graph = model.read();
        RecipeSearch.Best best = best(search, model, graph, console);
        Compression compression = best.trust().compression();
        CheckedCompression checked = best.checked();
        CompressionResult result = checked.result();
        model.checkUnchanged(graph);
        ModelTarget.Written written = output.write(result.graph());
        result.report().warnings().forEach(console::warn);
        RunFiles files =
                new RunFiles(model.name(), output.name(), model.bytes(graph), written.bytes(), written.sha256());
        double seconds = (System.nanoTime() - start) / 1e9;
        Optional<RunCosts> costs = DeviceProfile.of(arguments)
                .map(device -> NetworkCosts.compared(device, graph, result.graph(), compression.inputs()));
        Optional<Timing> timing = timing(arguments, compression, graph, checked, atOnce);
        RunReport report = RunReport.of(
                result.report(),
                checked.checks(),
                files,
                seconds,
                timing.map(Timing::times),
                costs,
                best.lines(),
                reports.isEmpty() ? List.of() : SamplePicture.of(graph, compression.inputs()));
        for (ReportFile file : reports) {
            file.write(report);
        }
        ReportText.print(console, result.report(), report);
        costs.map(RunCosts::lines).ifPresent(lines -> lines.forEach(console::say));
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

    private static RecipeSearch.Best best(RecipeSearch search, ModelSource model, Graph graph, Console console)
            throws IOException {
        boolean shapeGiven = ModelFiles.knowsShapes(search.first().compression().inputs(), graph);
        return ModelFiles.blaming(
                model.name(), shapeGiven, () -> search.run(graph, model.bytes(graph), console.progress()));
    }

    private static Path defaultOutput(Path model, List<Candidate> candidates) {
        List<String> kinds =
                candidates.stream().map(CompressCommand::kind).distinct().toList();
        String kind = kinds.size() == 1 ? kinds.get(0) : "best";
        return model.resolveSibling("%s.%s%s".formatted(ModelFiles.stem(model), kind, ModelFiles.ONNX));
    }

    private static String kind(Candidate candidate) {
        return TargetSettings.of(candidate.arguments()).isPresent()
                ? "mixed"
                : candidate
                        .compression()
                        .options()
                        .config()
                        .format()
                        .map(WeightFormat::name)
                        .orElse("pruned");
    }

    private static ConfigFile config(Arguments typed, Console console) throws IOException {
        Optional<String> file = typed.text(CommandOption.CONFIG.name());
        if (file.isEmpty()) {
            return ConfigFile.NONE;
        }
        if (!file.get().endsWith(ModelFiles.ONNX)) {
            return ConfigFile.read(file.get(), COMMAND);
        }
        Path path = ModelFiles.existing(file.get(), "a YAML file");
        Graph model = ModelFiles.read(path);
        ConfigFile recipe = ConfigFile.of(path, model, COMMAND)
                .orElseThrow(() -> CommandException.badInput(
                        "%s: has no recipe; give a YAML file, or a model that 'lathe compress' wrote".formatted(path)));
        String version = model.metadata().getOrDefault(CompressionPipeline.VERSION, Version.TEXT);
        if (!version.equals(Version.TEXT)) {
            console.warn("%s was made by Lathe %s and this is %s, so the same recipe may give other bytes"
                    .formatted(path, version, Version.TEXT));
        }
        return recipe;
    }

    /** The recipe of a compressed model; sets nothing if it has none. */
    static ConfigFile recipe(Path file, Graph model) throws IOException {
        return ConfigFile.of(file, model, COMMAND).orElse(ConfigFile.NONE);
    }
}
