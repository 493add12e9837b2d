package lathe.cli.commands;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lathe.cli.models.ImageInput;
import lathe.cli.models.LabelledImages;
import lathe.cli.models.ModelFiles;
import lathe.cli.options.InputSettings;
import lathe.cli.options.MemorySettings;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Console;
import lathe.cli.shell.Figures;
import lathe.cli.shell.Table;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Value;
import lathe.synth.input.InputOptions;
import lathe.synth.input.Scaling;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;

/** {@code lathe evaluate}: top-1 accuracy, for people who do have labelled images. */
final class EvaluateCommand {

    private static final Pattern TILE = Pattern.compile("(\\d{1,5})x(\\d{1,5})");

    static final Command COMMAND = new Command(
            "evaluate",
            "measures a model's accuracy on labelled images",
            List.of("MODEL"),
            List.of(
                    "evaluate small.onnx --images photos --labels labels.txt --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225",
                    "evaluate small.onnx --reference big.onnx --images sheet.png --labels labels.txt --input-range -1,1"),
            options(),
            EvaluateCommand::run);

    private EvaluateCommand() {}

    private static List<CommandOption> options() {
        List<CommandOption> options = new ArrayList<>();
        options.add(CommandOption.value(
                "images", "DIR|SHEET", "folder of PNG or JPEG files, or one image of equal tiles row by row"));
        options.add(CommandOption.value(
                "labels",
                "FILE",
                "text file with lines 'file class', or one class per line in the order of file names or tiles"));
        options.addAll(InputSettings.SCALING);
        options.add(CommandOption.value(
                "reference",
                "MODEL",
                "none",
                "compare with this model, usually the FP32 one; on x86 also in exact integer arithmetic"));
        options.add(CommandOption.value("limit", "N", "all", "use only the first N images"));
        options.add(CommandOption.value("tile", "WxH", "the input's size", "size of a tile of the sheet"));
        options.add(CommandOption.value(
                "crop", "SHARE", "1", "share of the shorter side to keep when an image has to be resized"));
        options.add(CommandOption.value(
                "label-offset", "N", "0", "added to each label, such as 1 for a network with a background class"));
        options.add(InputSettings.SHAPE);
        options.add(InputSettings.THREADS);
        options.add(MemorySettings.ALLOWED);
        return options;
    }

    /** The answer. */
    private record Answer(
            String model,
            int images,
            double top1,
            double standardError,
            Double referenceTop1,
            Double agreement,
            Double signalToNoiseDb,
            ExactIntegers exactIntegers) {}

    private static void run(Arguments arguments, Console console) throws IOException {
        MemorySettings.check(arguments);
        Path model = ModelFiles.existing(arguments.operand(0), "an ONNX model");
        Optional<Path> reference =
                arguments.text("reference").map(typed -> ModelFiles.existing(typed, "an ONNX model"));
        Graph graph = ModelFiles.read(model);
        Arguments noted = InputSettings.withNotes(arguments, CompressCommand.recipe(model, graph));
        Path labels = ModelFiles.existing(needed(arguments, "labels"), "a text file with one class per line");
        Path source = ModelFiles.path(needed(arguments, "images"));
        if (!Files.exists(source)) {
            throw CommandException.badInput("%s: no such file or folder; images are needed".formatted(source));
        }
        InputOptions inputs = InputSettings.of(noted, 1, 0);
        Scaling scaling = InputSettings.scaling(inputs)
                .orElseThrow(() -> CommandException.badInput(
                        "the normalization of pixels is unknown: give --mean and --std, or --input-range LO,HI"));
        Optional<long[]> shape = inputs.shapes().values().stream().findFirst();
        NetworkOptions options = NetworkOptions.DEFAULT.withThreads(InputSettings.threads(arguments));
        try (Network network = ModelFiles.open(model, options);
                Network other = reference.isPresent() ? ModelFiles.open(reference.get(), options) : null) {
            Optional<int[]> tile = tile(arguments);
            ImageInput input = ImageInput.of(theInput(network), shape, tile, scaling);
            int[] tileSize = tile.orElse(new int[] {input.width(), input.height()});
            LabelledImages images = Files.isDirectory(source)
                    ? LabelledImages.ofFolder(source, labels)
                    : LabelledImages.ofSheet(source, labels, tileSize[0], tileSize[1]);
            Evaluation evaluation =
                    new Evaluation(input, images, arguments.count("limit", Integer.MAX_VALUE, 1), crop(arguments), (int)
                            arguments.seed("label-offset", 0));
            Evaluation.Result result = evaluation.run(network, Optional.ofNullable(other), console.progress());
            Optional<ExactIntegers> exact =
                    other == null ? Optional.empty() : exact(graph, options, evaluation, other, result, console);
            print(console, model, reference, result, exact);
        }
    }

    /** The same images once more. */
    private static Optional<ExactIntegers> exact(
            Graph model,
            NetworkOptions options,
            Evaluation evaluation,
            Network reference,
            Evaluation.Result usual,
            Console console) {
        Map<String, Double> found =
                Map.of(Evaluation.output(reference), usual.signalToNoise().getAsDouble());
        return ExactIntegers.of(model, options, found, network -> {
            try {
                Evaluation.Result exact = evaluation.run(network, Optional.of(reference), console.progress());
                return Map.of(
                        Evaluation.output(reference), exact.signalToNoise().getAsDouble());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static void print(
            Console console,
            Path model,
            Optional<Path> reference,
            Evaluation.Result result,
            Optional<ExactIntegers> exact) {
        Evaluation.Accuracy accuracy = result.model();
        console.answer(new Answer(
                model.toString(),
                accuracy.total(),
                accuracy.share(),
                accuracy.standardError(),
                result.reference().map(Evaluation.Accuracy::share).orElse(null),
                result.agreement().isPresent() ? result.agreement().getAsDouble() : null,
                result.signalToNoise().isPresent() ? result.signalToNoise().getAsDouble() : null,
                exact.orElse(null)));
        Table table = new Table("", ">", "");
        String of = "of %s images".formatted(Figures.count(accuracy.total()));
        table.row("top-1", accuracy.toString(), "%s, %s".formatted(model.getFileName(), of));
        result.reference()
                .ifPresent(other -> table.row(
                        "top-1",
                        other.toString(),
                        "%s, the same".formatted(reference.orElseThrow().getFileName())));
        result.agreement().ifPresent(share -> table.row("agreement", Figures.percent(share, 2), "same top-1"));
        result.signalToNoise().ifPresent(decibels -> table.row("output SNR", Figures.decibels(decibels) + " dB", ""));
        console.show(table.render(""));
        exact.map(ExactIntegers::note).filter(note -> !note.isEmpty()).ifPresent(console::say);
    }

    private static Value theInput(Network network) {
        if (network.inputs().size() != 1) {
            throw CommandException.badInput("the network has %d inputs; only those with one can be evaluated"
                    .formatted(network.inputs().size()));
        }
        return network.inputs().get(0);
    }

    private static String needed(Arguments arguments, String option) {
        return arguments
                .text(option)
                .orElseThrow(() ->
                        CommandException.badInput("--%s is missing; see 'lathe evaluate --help'".formatted(option)));
    }

    private static Optional<int[]> tile(Arguments arguments) {
        return arguments.text("tile").map(text -> {
            Matcher matcher = TILE.matcher(text);
            if (!matcher.matches() || text.startsWith("0") || text.contains("x0")) {
                throw CommandException.badInput("--tile %s: must be width x height, such as 224x224".formatted(text));
            }
            return new int[] {Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))};
        });
    }

    private static double crop(Arguments arguments) {
        Optional<float[]> crop = arguments.numbers("crop");
        if (crop.isEmpty()) {
            return 1;
        }
        if (crop.get().length != 1 || !(crop.get()[0] > 0 && crop.get()[0] <= 1)) {
            throw CommandException.badInput("--crop: must be one number above 0, up to 1, such as 0.875");
        }
        return crop.get()[0];
    }
}
