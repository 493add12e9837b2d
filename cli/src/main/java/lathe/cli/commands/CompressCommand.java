package lathe.cli.commands;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import lathe.cli.models.ModelFiles;
import lathe.cli.models.ModelJob;
import lathe.cli.models.ModelSource;
import lathe.cli.models.ModelTarget;
import lathe.cli.options.ConfigFile;
import lathe.cli.options.Gates;
import lathe.cli.options.InputSettings;
import lathe.cli.options.MemorySettings;
import lathe.cli.options.SolverChoice;
import lathe.cli.options.SparsitySettings;
import lathe.cli.options.WeightSettings;
import lathe.cli.report.Fidelity;
import lathe.cli.report.GuardOutcome;
import lathe.cli.report.LeftLine;
import lathe.cli.report.ReportFile;
import lathe.cli.report.ReportText;
import lathe.cli.report.RunReport;
import lathe.cli.report.RunReport.RunFiles;
import lathe.cli.report.SamplePicture;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.CommandOption.ListForm;
import lathe.cli.shell.Console;
import lathe.cli.shell.Figures;
import lathe.cli.shell.Setting;
import lathe.engine.graph.Graph;
import lathe.engine.grid.ActivationRange;
import lathe.engine.grid.Processor;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.WeightFormat;
import lathe.engine.pipeline.CompressionOptions;
import lathe.engine.pipeline.CompressionResult;
import lathe.engine.pipeline.LayerOverride;
import lathe.engine.prune.Sparsity;
import lathe.engine.report.CompressionReport;
import lathe.synth.input.InputOptions;
import lathe.synth.input.RealInputs;
import lathe.synth.input.SynthKind;

/** {@code lathe compress}: a smaller model out of a model, without data. */
final class CompressCommand implements Command {

    private static final int IMAGES = 64;
    private static final String ONNX = ".onnx";
    private static final String DRY_RUN = "dry-run";

    @Override
    public String name() {
        return "compress";
    }

    @Override
    public String summary() {
        return "writes a smaller model, without data";
    }

    @Override
    public List<String> operands() {
        return List.of("MODEL...");
    }

    @Override
    public List<String> examples() {
        return List.of(
                "compress mobilenet.onnx",
                "compress mobilenet.onnx --weights 4 --dry-run",
                "compress a.onnx b.onnx c.onnx -o small --jobs 2",
                "compress - -o - < mobilenet.onnx > small.onnx",
                "compress mobilenet.onnx -o small.onnx --input-range -1,1 --exclude '*/head/*'");
    }

    @Override
    public List<CommandOption> options() {
        List<CommandOption> options = new ArrayList<>();
        options.add(CommandOption.value(
                        ModelJob.OUTPUT,
                        "FILE|FOLDER|-",
                        "MODEL.int8.onnx beside the model, or .int4, .pruned ...; - for the model -",
                        "where to write the smaller model; a folder if there are several models; - is standard output")
                .withLetter('o'));
        options.add(ReportFile.OPTION);
        options.add(CommandOption.flag("force", "replace the output, or a report, if it is there already")
                .withLetter('f'));
        options.add(
                CommandOption.flag(DRY_RUN, "say what would be done and how large the result would be; write nothing"));
        options.add(CommandOption.value(
                "jobs",
                "N",
                "1",
                "of several models, compress so many at once; they share --threads and --max-memory"));
        options.add(CommandOption.CONFIG);
        options.addAll(WeightSettings.options());
        options.add(WeightSettings.FORM);
        options.addAll(SparsitySettings.OPTIONS);
        options.add(CommandOption.value(
                "activations",
                "4..8|none",
                "8, or none with weights of fewer than 8 bits or guessed inputs",
                "bits of an activation; fewer than 8 take as much room and time as 8, and 8 stay at the first and the last"
                        + " layer; none keeps them in float: smaller, not faster"));
        options.add(CommandOption.value(
                "activation-range",
                "cautious|mse|minmax",
                "cautious",
                "clip rare large activations where that helps much, where it helps at all, or never"));
        options.add(CommandOption.value(
                "target",
                "any|vnni|arm",
                "any",
                "processors that 8-bit kernels have to be exact on: all, or only x86 with VNNI or 64-bit ARM, where weights"
                        + " may use the full range"));
        options.add(SolverChoice.SOLVER);
        options.add(CommandOption.value(
                "equalization",
                "auto|none",
                "auto",
                "with one scale a layer: make its channels equally large first, where that lowers the errors"));
        options.add(CommandOption.value(
                        "exclude", "GLOB", "nothing", "leave layers with such names in FP32; may be repeated")
                .withList(ListForm.VALUES));
        options.add(CommandOption.value(
                "synth", "images|noise|gaussian", "images", "what the synthetic inputs are made of"));
        options.add(CommandOption.value(
                "images",
                "N",
                String.valueOf(IMAGES),
                "how many synthetic inputs; of --inputs, all are used without this"));
        options.add(InputSettings.INPUTS);
        options.add(CommandOption.value("seed", "N", "0", "of the synthetic inputs; the same seed, the same bytes"));
        options.add(Guard.OPTION);
        options.addAll(Gates.OPTIONS);
        options.add(Floor.OPTION);
        options.add(Timing.OPTION);
        options.addAll(InputSettings.SCALING);
        options.add(InputSettings.SHAPE);
        options.add(InputSettings.THREADS);
        options.add(MemorySettings.MAX_MEMORY);
        return options;
    }

    @Override
    public void run(Arguments typed, Console console) throws IOException {
        ConfigFile config = config(typed);
        Arguments arguments = configured(typed, config);
        Compression compression = compression(arguments, config);
        List<ModelJob> jobs = ModelJob.of(arguments, console, model -> defaultOutput(model, compression));
        List<ReportFile> reports = reports(arguments, jobs);
        int atOnce = Math.min(jobs.size(), arguments.count("jobs", 1, 1));
        Compression shared = compression.oneOf(atOnce);
        SeveralModels.Work work = arguments.has(DRY_RUN)
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

    /** What is wrecked in a result that was written as it is; empty if nothing is. */
    private static Optional<String> wreck(Object answer) {
        return answer instanceof RunReport report
                        && report.floor().gates().stream().anyMatch(gate -> !gate.passed())
                ? Optional.of("%s: written as it is, and wrecked: %s"
                        .formatted(report.output(), report.floor().atFirst()))
                : Optional.empty();
    }

    /** A report compares two files, and so is of one model with one result, both in files. */
    private static List<ReportFile> reports(Arguments arguments, List<ModelJob> jobs) {
        if (arguments.all(ReportFile.OPTION.name()).isEmpty()) {
            return List.of();
        }
        if (jobs.size() > 1 || arguments.has(DRY_RUN)) {
            throw CommandException.badInput("--report is of one model that is compressed; "
                    + (jobs.size() > 1 ? "compress it in a call of its own" : "leave --dry-run out"));
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
        print(console, result.report(), report);
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
        CompressionOptions asked = compression.options();
        CompressionOptions got =
                checked.checks().floor().floatActivations() ? asked.withActivationBits(OptionalInt.empty()) : asked;
        return Optional.of(
                atOnce > 1
                        ? Timing.none("other models were compressed at the same time")
                        : Timing.of(original, checked.result().graph(), compression.inputs(), got));
    }

    private static CheckedCompression compress(
            Compression compression, Arguments arguments, ModelSource model, Graph graph, Console console)
            throws IOException {
        boolean shapeGiven = !compression.inputs().shapes().isEmpty() || !ModelFiles.hasDynamicAxes(graph);
        return ModelFiles.blaming(
                model.name(),
                shapeGiven,
                () -> CheckedCompression.of(compression, arguments, graph, console.progress()));
    }

    private static void print(Console console, CompressionReport report, RunReport answer) {
        console.say("Assumed");
        report.assumptions().forEach(line -> console.say("  " + line));
        if (!report.passes().isEmpty()) {
            console.say("Prepared");
            report.passes().forEach(line -> console.say("  " + line));
        }
        if (!report.refinements().isEmpty()) {
            console.say("Refined");
            report.refinements().forEach(line -> console.say("  " + line));
        }
        if (answer.guard() != null) {
            console.say("Guarded");
            answer.guard().lines().forEach(line -> console.say("  " + line));
        }
        console.say("");
        console.show(ReportText.layers(report, ""));
        console.say("");
        if (!answer.left().isEmpty()) {
            console.say("Stays as it is");
            console.show(LeftLine.table(answer.left(), "  "));
            console.say("");
        }
        print(console, answer.fidelity(), answer.floor());
        console.say("%s in %s, written to %s"
                .formatted(
                        ReportText.sizes(answer.bytesBefore(), answer.bytesAfter()),
                        Figures.seconds(answer.seconds()),
                        answer.output()));
    }

    private static void print(Console console, Fidelity fidelity, GuardOutcome floor) {
        if (floor.fellBack()) {
            console.say("Fell back, since " + floor.atFirst());
            floor.fallbackLines().forEach(line -> console.say("  " + line));
            console.say("");
        }
        if (!fidelity.outputs().isEmpty()) {
            console.say("On %s: %s"
                    .formatted(
                            Figures.plural(fidelity.images(), "fresh " + fidelity.inputs() + " input"),
                            fidelity.caution()));
            console.show(fidelity.table());
            console.say("");
        }
    }

    private static Path defaultOutput(Path model, Compression compression) {
        String kind = compression
                .options()
                .weights()
                .map(format -> "int" + format.bits())
                .orElse("pruned");
        String name = model.getFileName().toString();
        String stem = name.endsWith(ONNX) ? name.substring(0, name.length() - ONNX.length()) : name;
        return model.resolveSibling("%s.%s%s".formatted(stem, kind, ONNX));
    }

    private ConfigFile config(Arguments typed) throws IOException {
        Optional<String> file = typed.text(CommandOption.CONFIG.name());
        return file.isEmpty() ? ConfigFile.NONE : ConfigFile.read(file.get(), this);
    }

    private static Arguments configured(Arguments typed, ConfigFile config) {
        Map<String, Setting> settings = new HashMap<>(config.options());
        settings.keySet().removeAll(WeightSettings.overruled(typed));
        settings.keySet().removeAll(InputSettings.overruled(typed));
        return typed.withFallbacks(settings);
    }

    private Compression compression(Arguments arguments, ConfigFile config) {
        Optional<WeightFormat> weights = WeightSettings.of(arguments);
        Optional<Sparsity> sparsity = SparsitySettings.of(arguments);
        int ends = WeightSettings.ends(arguments);
        String activations =
                arguments.choice("activations", defaultActivations(weights), "4", "5", "6", "7", "8", "none");
        String range = arguments.choice("activation-range", "cautious", "cautious", "mse", "minmax");
        String target = arguments.choice("target", "any", "any", "vnni", "arm");
        SolverChoice solver = SolverChoice.of(this, arguments, config);
        String equalization = arguments.choice("equalization", "auto", "auto", "none");
        String synth = arguments.choice("synth", "images", "images", "noise", "gaussian");
        InputOptions given = InputSettings.of(arguments, arguments.count("images", IMAGES, 1), 0);
        if (given.real().isPresent() && arguments.text("synth").isPresent()) {
            throw CommandException.badInput("--synth and --inputs exclude each other: real inputs are not made");
        }
        InputOptions inputs = given.withKind(kind(synth)).withReal(given.real().map(RealInputs::forStatistics));
        List<LayerOverride> overrides = overrides(config);
        boolean prunes = sparsity.isPresent()
                || overrides.stream().anyMatch(override -> override.sparsity().isPresent());
        if (weights.isEmpty() && !prunes) {
            throw CommandException.badInput("--weights float alone changes nothing; add --sparsity 0.5, for example");
        }
        if (weights.isEmpty() && !activations.equals("none")) {
            throw CommandException.badInput(
                    "--weights float and --activations %s exclude each other: integer kernels need integer weights"
                            .formatted(activations));
        }
        CompressionOptions options = new CompressionOptions(
                weights,
                sparsity,
                ends,
                activations.equals("none") ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(activations)),
                activationRange(range),
                processor(target),
                arguments.all("exclude"),
                overrides,
                InputSettings.threads(arguments),
                MemorySettings.of(arguments),
                WeightSettings.form(arguments));
        Map<String, String> listed = new LinkedHashMap<>(WeightSettings.listed(weights, ends));
        listed.put(WeightSettings.FORM.name(), options.weightForm().name().toLowerCase(Locale.ROOT));
        listed.put("sparsity", SparsitySettings.listed(arguments));
        listed.put("activations", activations);
        listed.put("activation-range", range);
        listed.put("target", target);
        listed.put("solver", solver.all());
        listed.put("equalization", equalization);
        listed.put("exclude", String.join(" ", options.exclude()));
        listed.put("layers", config.layersText());
        listed.put("guard", Guard.gates(arguments).map(Gates::text).orElse("none"));
        listed.put(Floor.OPTION.name(), Floor.fallsBack(arguments) ? "auto" : "none");
        listed.put("synth", synth);
        listed.put("images", String.valueOf(given.real().map(RealInputs::count).orElse(inputs.images())));
        listed.put("seed", String.valueOf(inputs.seed()));
        listed.putAll(InputSettings.typed(arguments));
        return new Compression(inputs, options, solver, equalization.equals("auto"), listed);
    }

    private static Processor processor(String target) {
        return Processor.valueOf(target.toUpperCase(Locale.ROOT));
    }

    /** Below 8-bit weights ONNX Runtime has no integer kernels, and quantized activations would only cost. */
    private static String defaultActivations(Optional<WeightFormat> weights) {
        return weights.filter(format -> format.bits() == QuantGrid.MOST_BITS).isPresent() ? "8" : "none";
    }

    private List<LayerOverride> overrides(ConfigFile config) {
        return config.layers().stream()
                .map(layer -> override(layer.glob(), Arguments.of(this, layer.options())))
                .toList();
    }

    private static LayerOverride override(String glob, Arguments arguments) {
        LayerOverride weights = WeightSettings.override(glob, arguments);
        return SparsitySettings.ofLayer(arguments).map(weights::withSparsity).orElse(weights);
    }

    private static ActivationRange activationRange(String range) {
        return switch (range) {
            case "mse" -> ActivationRange.MSE;
            case "minmax" -> ActivationRange.MIN_MAX;
            default -> ActivationRange.CAUTIOUS;
        };
    }

    private static SynthKind kind(String synth) {
        return switch (synth) {
            case "noise" -> SynthKind.NOISE;
            case "gaussian" -> SynthKind.GAUSSIAN;
            default -> SynthKind.IMAGES;
        };
    }
}
