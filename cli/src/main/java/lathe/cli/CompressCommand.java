package lathe.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import lathe.engine.graph.Graph;
import lathe.engine.grid.ActivationRange;
import lathe.engine.layer.Layers.Skipped;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.pipeline.CompressionOptions;
import lathe.engine.pipeline.CompressionResult;
import lathe.engine.report.ActivationReport;
import lathe.engine.report.CompressionReport;
import lathe.engine.report.LayerReport;
import lathe.engine.report.RunProvenance;
import lathe.synth.input.InputOptions;
import lathe.synth.input.SynthKind;

/** {@code lathe compress}: a smaller model out of a model, without data. */
final class CompressCommand implements Command {

    private static final int IMAGES = 64;
    private static final String ONNX = ".onnx";

    @Override
    public String name() {
        return "compress";
    }

    @Override
    public String summary() {
        return "writes a smaller 8-bit model, without data";
    }

    @Override
    public List<String> operands() {
        return List.of("MODEL");
    }

    @Override
    public List<String> examples() {
        return List.of(
                "compress mobilenet.onnx",
                "compress mobilenet.onnx -o small.onnx --input-range -1,1 --exclude '*/head/*'");
    }

    @Override
    public List<CommandOption> options() {
        List<CommandOption> options = new ArrayList<>();
        options.add(CommandOption.value(
                        "output", "FILE", "MODEL.int8.onnx beside the model", "where to write the smaller model")
                .withLetter('o'));
        options.add(CommandOption.flag("force", "replace the output if it is there already")
                .withLetter('f'));
        options.add(CommandOption.value("weights", "BITS", "8", "bits of a weight; 8 is the only choice yet"));
        options.add(CommandOption.value(
                "activations", "8|none", "8", "bits of an activation; none keeps them in float: smaller, not faster"));
        options.add(CommandOption.value(
                "activation-range",
                "cautious|mse|minmax",
                "cautious",
                "clip rare large activations where that helps much, where it helps at all, or never"));
        options.add(CommandOption.value(
                "solver", "gptq|nearest", "gptq", "spread rounding errors by least squares, or just round"));
        options.add(CommandOption.value(
                "exclude", "GLOB", "nothing", "leave layers with such names in FP32; may be repeated"));
        options.add(CommandOption.value(
                "synth", "images|noise|gaussian", "images", "what the synthetic inputs are made of"));
        options.add(CommandOption.value("images", "N", String.valueOf(IMAGES), "how many synthetic inputs"));
        options.add(CommandOption.value("seed", "N", "0", "of the synthetic inputs; the same seed, the same bytes"));
        options.addAll(InputSettings.SCALING);
        options.add(InputSettings.SHAPE);
        options.add(InputSettings.THREADS);
        return options;
    }

    /** The answer. */
    private record Answer(
            String model,
            String output,
            long bytesBefore,
            long bytesAfter,
            double ratio,
            double seconds,
            RunProvenance provenance,
            List<String> assumptions,
            List<String> passes,
            List<LayerLine> layers,
            List<Skipped> left,
            List<ActivationReport> activations,
            List<String> warnings) {
        private static Answer of(
                CompressionReport report, Path model, Path output, long before, long after, double seconds) {
            return new Answer(
                    model.toString(),
                    output.toString(),
                    before,
                    after,
                    (double) after / before,
                    seconds,
                    report.provenance(),
                    report.assumptions(),
                    report.passes(),
                    report.layers().stream().map(LayerLine::of).toList(),
                    report.skipped(),
                    report.activations(),
                    report.warnings());
        }
    }

    /** One layer of the answer. */
    private record LayerLine(
            String name,
            String kind,
            List<Long> shape,
            int bits,
            long bytesBefore,
            long bytesAfter,
            double error,
            double signalToNoiseDb,
            String solver) {
        private static LayerLine of(LayerReport layer) {
            return new LayerLine(
                    layer.layer(),
                    layer.opType(),
                    layer.shape(),
                    layer.bits(),
                    layer.bytesBefore(),
                    layer.bytesAfter(),
                    layer.error(),
                    layer.signalToNoise(),
                    layer.solver());
        }
    }

    @Override
    public void run(Arguments arguments, Console console) throws IOException {
        long start = System.nanoTime();
        Compression compression = compression(arguments);
        Path model = ModelFiles.existing(arguments.operand(0), "an ONNX model");
        Path output = arguments.text("output").map(ModelFiles::path).orElseGet(() -> defaultOutput(model));
        ModelFiles.checkTarget(output, arguments.has("force"));
        Graph graph = ModelFiles.read(model);
        CompressionResult result = compress(compression, model, graph, console);
        OnnxWriter.write(result.graph(), output);
        result.report().warnings().forEach(console::warn);
        Answer answer = Answer.of(
                result.report(),
                model,
                output,
                ModelFiles.bytes(model, graph),
                ModelFiles.bytes(output, result.graph()),
                (System.nanoTime() - start) / 1e9);
        console.answer(answer);
        print(console, result.report(), answer);
    }

    private static CompressionResult compress(Compression compression, Path model, Graph graph, Console console)
            throws IOException {
        InputSettings.check(graph, compression.inputs());
        String sha256 = ModelFiles.sha256(model);
        boolean shapeGiven = !compression.inputs().shapes().isEmpty() || !ModelFiles.hasDynamicAxes(graph);
        return ModelFiles.blaming(model, shapeGiven, () -> compression.run(graph, sha256, console.progress()));
    }

    private static void print(Console console, CompressionReport report, Answer answer) {
        console.say("Assumed");
        report.assumptions().forEach(line -> console.say("  " + line));
        if (!report.passes().isEmpty()) {
            console.say("Prepared");
            report.passes().forEach(line -> console.say("  " + line));
        }
        console.say("");
        console.say(ReportText.layers(report, ""));
        console.say("");
        if (!report.skipped().isEmpty()) {
            console.say("Stays in FP32");
            console.say(ReportText.skipped(report.skipped(), "  "));
            console.say("");
        }
        console.say("%s in %s, written to %s"
                .formatted(
                        ReportText.sizes(answer.bytesBefore(), answer.bytesAfter()),
                        Figures.seconds(answer.seconds()),
                        answer.output()));
    }

    private static Path defaultOutput(Path model) {
        String name = model.getFileName().toString();
        String stem = name.endsWith(ONNX) ? name.substring(0, name.length() - ONNX.length()) : name;
        return model.resolveSibling(stem + ".int8" + ONNX);
    }

    private static Compression compression(Arguments arguments) {
        arguments.choice("weights", "8", "8");
        String activations = arguments.choice("activations", "8", "8", "none");
        String range = arguments.choice("activation-range", "cautious", "cautious", "mse", "minmax");
        String solver = arguments.choice("solver", "gptq", "gptq", "nearest");
        String synth = arguments.choice("synth", "images", "images", "noise", "gaussian");
        InputOptions inputs = InputSettings.of(arguments, arguments.count("images", IMAGES, 1), 0)
                .withKind(kind(synth));
        CompressionOptions options = new CompressionOptions(
                activations.equals("none") ? OptionalInt.empty() : OptionalInt.of(8),
                activationRange(range),
                arguments.all("exclude"),
                InputSettings.threads(arguments));
        Map<String, String> listed = new LinkedHashMap<>();
        listed.put("weights", "8");
        listed.put("activations", activations);
        listed.put("activation-range", range);
        listed.put("solver", solver);
        listed.put("exclude", String.join(" ", options.exclude()));
        listed.put("synth", synth);
        listed.put("images", String.valueOf(inputs.images()));
        listed.put("seed", String.valueOf(inputs.seed()));
        listed.putAll(InputSettings.typed(arguments));
        return new Compression(inputs, options, solver, listed);
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
