package lathe.cli.commands;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import lathe.cli.models.Manifest;
import lathe.cli.models.ModelFiles;
import lathe.cli.options.Gates;
import lathe.cli.options.InputSettings;
import lathe.cli.options.MemorySettings;
import lathe.cli.report.ChannelsLine;
import lathe.cli.report.JudgedLine;
import lathe.cli.report.RunTimes;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Console;
import lathe.cli.shell.Figures;
import lathe.cli.shell.Table;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.SourceHashes;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.pipeline.LayerErrors;
import lathe.engine.pipeline.MemoryBudget;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.pipeline.StatisticsSource;
import lathe.engine.qdq.OrtTarget;
import lathe.synth.comparison.Interval;
import lathe.synth.comparison.OutputComparison;
import lathe.synth.comparison.OutputFigures;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.input.RealInputs;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.statistics.StatisticsSources;

/** {@code lathe verify}: how closely a compressed network follows its original on inputs made anew. */
final class VerifyCommand {

    /** Not the seed that {@code compress} takes: these inputs had no part in the compression. */
    static final long SEED = 1000;

    private static final int MOST_SEEDS = 1000;

    private static final LayerErrors NO_LAYERS = new LayerErrors(Map.of(), List.of(), List.of());

    static final Command COMMAND = new Command(
            "verify",
            "compares a compressed model with its original on fresh synthetic inputs, or on real ones",
            List.of("ORIGINAL", "COMPRESSED"),
            List.of(
                    "verify mobilenet.onnx mobilenet.int8.onnx",
                    "verify mobilenet.onnx mobilenet.int8.onnx --layers --seed 7 --json",
                    "verify tagger.onnx tagger.int8.onnx --inputs sentences.npz",
                    "verify mobilenet.onnx mobilenet.int8.onnx --min-snr 20 --min-agreement 95%"),
            options(),
            VerifyCommand::run);

    private VerifyCommand() {}

    private static List<CommandOption> options() {
        List<CommandOption> options = new ArrayList<>();
        options.add(CommandOption.value(
                "images",
                "N",
                OutputComparison.IMAGES + ", more if --" + Gates.MIN_AGREEMENT + " needs them",
                "number of inputs per seed, or of --inputs to use (default all)"));
        options.add(InputSettings.INPUTS);
        options.add(CommandOption.value(
                "seed",
                "N",
                String.valueOf(SEED),
                "first seed; 'compress' uses 0 and its guard 2000, so these inputs are fresh"));
        options.add(CommandOption.value(
                "seeds",
                "N",
                String.valueOf(OutputComparison.SEEDS),
                "number of seeds; 95 % intervals come from the variation between them"));
        options.add(CommandOption.flag(
                "layers", "also measure each layer's error, from the two files and the inputs of the first seed"));
        options.addAll(Gates.OPTIONS);
        options.addAll(InputSettings.SCALING);
        options.add(InputSettings.SHAPE);
        options.add(InputSettings.THREADS);
        options.add(MemorySettings.MAX_MEMORY);
        return options;
    }

    /** How closely one output is followed. Ends of 95 % intervals are called low and high. */
    private record OutputLine(
            String name,
            double signalToNoiseDb,
            double signalToNoiseLowDb,
            double signalToNoiseHighDb,
            List<Double> signalToNoiseDbBySeed,
            double cosine,
            Double top1Agreement,
            Double top1AgreementLow,
            Double top1AgreementHigh,
            JudgedLine judged) {
        private static OutputLine of(OutputFigures output) {
            Optional<Interval> agreement = output.agreement();
            return new OutputLine(
                    output.name(),
                    output.signalToNoise().value(),
                    output.signalToNoise().low(),
                    output.signalToNoise().high(),
                    output.signalToNoiseBySeed(),
                    output.cosine(),
                    agreement.map(Interval::value).orElse(null),
                    agreement.map(Interval::low).orElse(null),
                    agreement.map(Interval::high).orElse(null),
                    JudgedLine.of(output.judged()));
        }
    }

    /**
     * The answer.
     *
     * @param images inputs for each seed; of real inputs, all together
     * @param seeds sets of inputs
     * @param inputs where real inputs are from; null if they are synthetic
     * @param inputsGuessed true if they have no known likeness to what the network is for
     * @param reshapedLayers those that have fewer channels now, or became two of low rank, and are not among the layers
     * @param missingLayers those that the compressed network does not have
     */
    private record Answer(
            String original,
            String compressed,
            Manifest.Check manifest,
            int images,
            long seed,
            int seeds,
            String inputs,
            boolean inputsGuessed,
            List<String> assumptions,
            List<OutputLine> outputs,
            ExactIntegers exactIntegers,
            RunTimes time,
            List<LayerLine> layers,
            List<ChannelsLine> reshapedLayers,
            List<String> missingLayers,
            List<Gates.Verdict> gates,
            boolean passed) {}

    /** What one layer's new weights cost. */
    private record LayerLine(String name, double error, double signalToNoiseDb) {
        private static List<LayerLine> of(LayerErrors layers) {
            return layers.errors().entrySet().stream()
                    .map(entry -> new LayerLine(
                            entry.getKey(),
                            entry.getValue().relative(),
                            entry.getValue().decibels()))
                    .toList();
        }
    }

    /**
     * A model and its file.
     *
     * @param graph as it was read
     */
    private record Model(Path file, Graph graph) {
        static Model of(String typed) throws IOException {
            Path file = ModelFiles.existing(typed, "an ONNX model");
            return new Model(file, ModelFiles.read(file));
        }
    }

    private static void run(Arguments arguments, Console console) throws IOException {
        Model original = Model.of(arguments.operand(0));
        Model compressed = Model.of(arguments.operand(1));
        Gates gates = Gates.of(arguments);
        Arguments noted =
                InputSettings.withNotes(arguments, CompressCommand.recipe(compressed.file(), compressed.graph()));
        int seeds = arguments.count("seeds", OutputComparison.SEEDS, 1, MOST_SEEDS);
        InputOptions inputs = InputSettings.runnable(
                noted,
                original.graph(),
                InputSettings.of(noted, arguments.count("images", gates.imagesFor(seeds), 1), SEED));
        List<InputPlan> sets = InputSettings.sets(noted, original.graph(), inputs, seeds);
        int threads = InputSettings.threads(arguments);
        MemoryBudget memory = MemorySettings.of(arguments);
        boolean shapeGiven = ModelFiles.knowsShapes(inputs, original.graph());
        try (Network wanted = ModelFiles.open(original.file(), NetworkOptions.DEFAULT);
                Network got = ModelFiles.open(compressed.file(), NetworkOptions.DEFAULT)) {
            OutputComparison comparison =
                    new OutputComparison(wanted, original.graph(), sets, threads, console.progress());
            if (!comparison.mismatch(got).isEmpty()) {
                throw CommandException.badInput(comparison.mismatch(got));
            }
            gates.checkReachableWith(comparison.inputs());
            List<OutputFigures> outputs =
                    ModelFiles.blaming(original.file(), shapeGiven, () -> comparison.with(got, compressed.graph()));
            FallbackSearch.checkComparable(comparison, outputs);
            comparison.incomparable().forEach(console::warn);
            RunTimes times = RunTimes.of(
                    wanted, got, comparison.oneRun(), sets.get(0).fixedBatch().orElse(1));
            Optional<ExactIntegers> exact = exact(compressed, comparison, outputs);
            boolean withLayers =
                    arguments.has("layers") || gates.maxLayerError().isPresent();
            LayerErrors layers = withLayers
                    ? layers(original.graph(), compressed.graph(), inputs, threads, memory, console.progress())
                    : NO_LAYERS;
            conclude(console, original, compressed, sets, inputs, outputs, exact, times, layers, gates);
        }
    }

    private static Optional<ExactIntegers> exact(
            Model compressed, OutputComparison comparison, List<OutputFigures> outputs) {
        Map<String, Double> usual = new LinkedHashMap<>();
        outputs.forEach(
                output -> usual.put(output.name(), output.signalToNoiseBySeed().get(0)));
        return ExactIntegers.of(compressed.graph(), NetworkOptions.DEFAULT, usual, comparison::onFirstSet);
    }

    /** Says all, and fails where a gate does. */
    private static void conclude(
            Console console,
            Model original,
            Model compressed,
            List<InputPlan> sets,
            InputOptions inputs,
            List<OutputFigures> outputs,
            Optional<ExactIntegers> exact,
            RunTimes times,
            LayerErrors layers,
            Gates gates) {
        Manifest manifest = Manifest.of(compressed.graph());
        SourceHashes hashes = SourceHashes.of(original.graph());
        List<String> problems = new ArrayList<>(manifest.problems(compressed.file(), original.file(), hashes));
        Map<String, Double> errors = new LinkedHashMap<>();
        layers.errors().forEach((layer, error) -> errors.put(layer, error.relative()));
        List<Gates.Verdict> verdicts = gates.judge(outputs, errors);
        String failures = Gates.failures(verdicts);
        if (!failures.isEmpty()) {
            problems.add(failures);
        }
        Answer answer = new Answer(
                original.file().toString(),
                compressed.file().toString(),
                manifest.check(hashes),
                inputs.real().map(RealInputs::count).orElse(inputs.images()),
                inputs.seed(),
                sets.size(),
                inputs.real().map(RealInputs::source).orElse(null),
                sets.get(0).guessed(),
                assumptions(sets, inputs),
                outputs.stream().map(OutputLine::of).toList(),
                exact.orElse(null),
                times,
                LayerLine.of(layers),
                layers.reshaped().stream().map(ChannelsLine::of).toList(),
                layers.missing(),
                verdicts,
                problems.isEmpty());
        console.answer(answer);
        print(console, answer, problems.isEmpty() ? manifest.note(compressed.file()) : String.join("; ", problems));
        if (!problems.isEmpty()) {
            throw CommandException.gateFailedAsAnswered("gate failed: " + String.join("; ", problems));
        }
    }

    /** Of real inputs the sets are parts; what is said of all stands above the table. */
    private static List<String> assumptions(List<InputPlan> sets, InputOptions inputs) {
        List<String> lines = sets.get(0).assumptions();
        return inputs.real().isPresent() ? lines.subList(1, lines.size()) : lines;
    }

    private static LayerErrors layers(
            Graph original,
            Graph small,
            InputOptions inputs,
            int threads,
            MemoryBudget memory,
            ProgressListener progress) {
        String rewrites = small.metadata().getOrDefault(CompressionPipeline.REWRITES, "");
        Graph prepared = Compression.prepared(original, List.of(rewrites.split(" ")));
        StatisticsSource source = new AnnouncedSource(StatisticsSources.synthetic(inputs, threads), progress);
        return LayerErrors.of(prepared, small, OrtTarget.DEFAULT, source, memory);
    }

    private static void print(Console console, Answer answer, String verdict) {
        String inputs = answer.inputs() == null
                ? "%s with each of %s from %d on"
                        .formatted(
                                Figures.plural(answer.images(), "input"),
                                Figures.plural(answer.seeds(), "seed"),
                                answer.seed())
                : "%s from %s".formatted(Figures.plural(answer.images(), "real input"), answer.inputs());
        console.say("%s compared with %s on %s:".formatted(answer.compressed(), answer.original(), inputs));
        answer.assumptions().forEach(line -> console.say("  " + line));
        console.say("");
        console.show(outputs(answer));
        if (answer.exactIntegers() != null && !answer.exactIntegers().note().isEmpty()) {
            console.say(answer.exactIntegers().note());
        }
        console.say("");
        console.say(answer.time().line());
        if (!answer.layers().isEmpty()) {
            Table layers = new Table("layer", ">error %", ">dB");
            answer.layers()
                    .forEach(layer -> layers.row(
                            Figures.name(layer.name()),
                            Figures.smallPercent(layer.error()),
                            Figures.decibels(layer.signalToNoiseDb())));
            console.say("");
            console.show(layers.render(""));
        }
        if (!answer.reshapedLayers().isEmpty()) {
            console.say("Not compared, since they have fewer channels: "
                    + answer.reshapedLayers().stream().map(ChannelsLine::text).collect(Collectors.joining(", ")));
        }
        if (!answer.missingLayers().isEmpty()) {
            console.say("Not compared, since %s has no such layers: %s"
                    .formatted(
                            answer.compressed(),
                            answer.missingLayers().stream().map(Figures::name).collect(Collectors.joining(", "))));
        }
        console.say("");
        long passed = answer.gates().stream().filter(Gates.Verdict::passed).count();
        if (!answer.gates().isEmpty()) {
            console.say("%d of %s passed, at the lower end of the 95 %% interval"
                    .formatted(passed, Figures.plural(answer.gates().size(), "gate")));
        }
        if (answer.passed()) {
            console.say(verdict);
        }
    }

    private static String outputs(Answer answer) {
        String top = answer.inputsGuessed() ? ">same top-1 (guessed inputs)" : ">same top-1";
        boolean parts =
                answer.outputs().stream().anyMatch(line -> !line.judged().text().isEmpty());
        Table table = new Table("output", ">SNR dB", ">95 %", ">cosine", top, ">95 %", parts ? "measured on" : "");
        for (OutputLine line : answer.outputs()) {
            boolean classes = line.top1Agreement() != null;
            table.row(
                    Figures.name(line.name()),
                    Figures.decibels(line.signalToNoiseDb()),
                    "%s to %s"
                            .formatted(
                                    Figures.decibels(line.signalToNoiseLowDb()),
                                    Figures.decibels(line.signalToNoiseHighDb())),
                    Figures.decimal(line.cosine(), 5),
                    classes ? Figures.percent(line.top1Agreement(), 1) : "-",
                    classes
                            ? "%s to %s"
                                    .formatted(
                                            Figures.decimal(100 * line.top1AgreementLow(), 1),
                                            Figures.percent(line.top1AgreementHigh(), 1))
                            : "-",
                    line.judged().text());
        }
        return table.render("");
    }
}
