package lathe.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Value;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.pipeline.LayerErrors;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.pipeline.StatisticsSource;
import lathe.synth.input.InputBatch;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import lathe.synth.statistics.StatisticsSources;

/** {@code lathe verify}: how closely a compressed network follows its original on inputs made anew. */
final class VerifyCommand implements Command {

    private static final int IMAGES = 64;

    /** Not the seed that {@code compress} takes: these inputs had no part in the compression. */
    private static final long SEED = 1000;

    @Override
    public String name() {
        return "verify";
    }

    @Override
    public String summary() {
        return "compares a compressed model with its original on fresh synthetic inputs";
    }

    @Override
    public List<String> operands() {
        return List.of("ORIGINAL", "COMPRESSED");
    }

    @Override
    public List<String> examples() {
        return List.of(
                "verify mobilenet.onnx mobilenet.int8.onnx",
                "verify mobilenet.onnx mobilenet.int8.onnx --layers --seed 7 --json");
    }

    @Override
    public List<CommandOption> options() {
        List<CommandOption> options = new ArrayList<>();
        options.add(CommandOption.value("images", "N", String.valueOf(IMAGES), "how many inputs to compare on"));
        options.add(CommandOption.value(
                "seed", "N", String.valueOf(SEED), "of the inputs; 'compress' uses 0, so these are fresh"));
        options.add(
                CommandOption.flag("layers", "also find each layer's error anew, from the two files and these inputs"));
        options.addAll(InputSettings.SCALING);
        options.add(InputSettings.SHAPE);
        options.add(InputSettings.THREADS);
        return options;
    }

    /** How closely one output is followed. */
    private record OutputLine(String name, double signalToNoiseDb, double cosine, Double top1Agreement) {
        private static OutputLine of(String name, OutputAgreement agreement) {
            return new OutputLine(
                    name,
                    agreement.signalToNoise(),
                    agreement.cosine(),
                    agreement.topAgreement().isPresent()
                            ? agreement.topAgreement().getAsDouble()
                            : null);
        }
    }

    /** The answer. */
    private record Answer(
            String original,
            String compressed,
            int images,
            long seed,
            List<String> assumptions,
            List<OutputLine> outputs,
            List<LayerLine> layers) {}

    /** What one layer's new weights cost. */
    private record LayerLine(String name, double error, double signalToNoiseDb) {}

    @Override
    public void run(Arguments arguments, Console console) throws IOException {
        Path original = ModelFiles.existing(arguments.operand(0), "an ONNX model");
        Path compressed = ModelFiles.existing(arguments.operand(1), "an ONNX model");
        NetworkOptions options = NetworkOptions.DEFAULT.withThreads(InputSettings.threads(arguments));
        Graph graph = ModelFiles.read(original);
        Graph small = ModelFiles.read(compressed);
        Arguments noted = InputSettings.withNotes(arguments, small);
        InputOptions inputs = InputSettings.of(noted, arguments.count("images", IMAGES, 1), SEED);
        InputPlan plan = InputSettings.plan(noted, graph, inputs);
        try (Network wanted = ModelFiles.open(original, options);
                Network got = ModelFiles.open(compressed, options)) {
            checkSameNetwork(wanted, got);
            Map<String, OutputAgreement> agreements = ModelFiles.blaming(
                    original,
                    !inputs.shapes().isEmpty() || !ModelFiles.hasDynamicAxes(graph),
                    () -> compare(plan, wanted, got, console.progress()));
            print(
                    console,
                    new Answer(
                            original.toString(),
                            compressed.toString(),
                            inputs.images(),
                            inputs.seed(),
                            plan.assumptions(),
                            agreements.entrySet().stream()
                                    .map(entry -> OutputLine.of(entry.getKey(), entry.getValue()))
                                    .toList(),
                            arguments.has("layers")
                                    ? layers(graph, small, inputs, options.threads(), console.progress())
                                    : List.of()));
        }
    }

    private static List<LayerLine> layers(
            Graph original, Graph small, InputOptions inputs, int threads, ProgressListener progress) {
        String rewrites = small.metadata().getOrDefault(CompressionPipeline.REWRITES, "");
        Graph prepared = Compression.prepared(original, List.of(rewrites.split(" ")));
        StatisticsSource source = new AnnouncedSource(StatisticsSources.synthetic(inputs, threads), progress);
        return LayerErrors.of(prepared, small, source).entrySet().stream()
                .map(entry -> new LayerLine(
                        entry.getKey(),
                        entry.getValue().relative(),
                        entry.getValue().decibels()))
                .toList();
    }

    private static void checkSameNetwork(Network wanted, Network got) {
        List<String> inputs = wanted.inputs().stream().map(Value::name).toList();
        List<String> others = got.inputs().stream().map(Value::name).toList();
        if (!inputs.equals(others)) {
            throw CommandException.badInput(
                    "the models take different inputs, %s and %s; they are not versions of one network"
                            .formatted(inputs, others));
        }
        List<String> known = got.outputs().stream().map(Value::name).toList();
        for (Value output : wanted.outputs()) {
            if (!known.contains(output.name())) {
                throw CommandException.badInput(
                        "the second model has no output '%s', only %s; they are not versions of one network"
                                .formatted(output.name(), known));
            }
        }
    }

    private static Map<String, OutputAgreement> compare(
            InputPlan plan, Network wanted, Network got, ProgressListener progress) {
        Map<String, OutputAgreement> agreements = new LinkedHashMap<>();
        int step = plan.batchFixed().orElse(1);
        progress.begin("comparing", plan.images());
        for (int first = 0; first < plan.images(); first += step) {
            Map<String, Tensor> fed = tensors(plan.batch(first, step));
            Map<String, Tensor> reference = wanted.run(fed);
            Map<String, Tensor> result = got.run(fed, reference.keySet());
            reference.forEach((name, tensor) ->
                    agreements.computeIfAbsent(name, n -> new OutputAgreement()).add(tensor, result.get(name)));
            for (int i = 0; i < step; i++) {
                progress.step();
            }
        }
        return agreements;
    }

    /**
     * How closely a compressed model follows its original, as this command finds it with its defaults: the least signal
     * to noise over the outputs, in dB.
     */
    static double signalToNoise(Path original, Path compressed, int threads) throws IOException {
        Graph graph = ModelFiles.read(original);
        Arguments noted =
                InputSettings.withNotes(Arguments.of(new VerifyCommand(), Map.of()), ModelFiles.read(compressed));
        InputPlan plan = InputSettings.plan(noted, graph, InputSettings.of(noted, IMAGES, SEED));
        NetworkOptions options = NetworkOptions.DEFAULT.withThreads(threads);
        try (Network wanted = ModelFiles.open(original, options);
                Network got = ModelFiles.open(compressed, options)) {
            return compare(plan, wanted, got, ProgressListener.NONE).values().stream()
                    .mapToDouble(OutputAgreement::signalToNoise)
                    .min()
                    .orElse(Double.POSITIVE_INFINITY);
        }
    }

    private static Map<String, Tensor> tensors(InputBatch batch) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        batch.tensors().forEach((name, input) -> tensors.put(name, Tensor.of(input.values(), input.dims())));
        return tensors;
    }

    private static void print(Console console, Answer answer) {
        console.answer(answer);
        console.say("%s follows %s, on %s made with seed %d, the same for both:"
                .formatted(
                        answer.compressed(),
                        answer.original(),
                        Figures.plural(answer.images(), "input"),
                        answer.seed()));
        answer.assumptions().forEach(line -> console.say("  " + line));
        console.say("");
        Table table = new Table("output", ">SNR dB", ">cosine", ">same top-1");
        for (OutputLine line : answer.outputs()) {
            table.row(
                    Figures.name(line.name()),
                    Figures.decibels(line.signalToNoiseDb()),
                    Figures.decimal(line.cosine(), 5),
                    line.top1Agreement() == null ? "-" : Figures.percent(line.top1Agreement(), 1));
        }
        console.say(table.render(""));
        if (!answer.layers().isEmpty()) {
            Table layers = new Table("layer", ">error %", ">dB");
            answer.layers()
                    .forEach(layer -> layers.row(
                            Figures.name(layer.name()),
                            Figures.smallPercent(layer.error()),
                            Figures.decibels(layer.signalToNoiseDb())));
            console.say("");
            console.say(layers.render(""));
        }
    }
}
