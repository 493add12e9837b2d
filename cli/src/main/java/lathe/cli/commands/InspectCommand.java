package lathe.cli.commands;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import lathe.cli.models.ModelFiles;
import lathe.cli.options.DeviceProfile;
import lathe.cli.options.InputSettings;
import lathe.cli.report.CostTable;
import lathe.cli.report.LeftLine;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.Console;
import lathe.cli.shell.Figures;
import lathe.cli.shell.Printable;
import lathe.cli.shell.Table;
import lathe.engine.archive.Archive;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.synth.input.InputPlan;

/**
 * {@code lathe inspect}: what is in a model, and what compression would do. Runs nothing; only what a run costs needs ONNX
 * Runtime, to infer the shapes.
 */
final class InspectCommand {

    private static final String REEXPORT = """
              Exporters fold BatchNormalization into the layers before it, and its statistics are gone then. Lathe works
              without them, a little less exactly. To keep them, export in evaluation mode with
                torch.onnx.export(model, x, "model.onnx", training=torch.onnx.TrainingMode.PRESERVE)
              or with dynamo=False, do_constant_folding=False.""";

    static final Command COMMAND = new Command(
            "inspect",
            "shows a model's layers and the compression plan, without running the model",
            List.of("MODEL"),
            List.of("inspect mobilenet.onnx", "inspect mobilenet.onnx --json", "inspect mobilenet.onnx --device 45nm"),
            List.of(DeviceProfile.OPTION, InputSettings.SHAPE),
            InspectCommand::run);

    private InspectCommand() {}

    private static void run(Arguments arguments, Console console) throws IOException {
        Path file = ModelFiles.existing(arguments.operand(0), "an ONNX model");
        Optional<DeviceProfile> device = DeviceProfile.of(arguments);
        if (device.isEmpty() && !arguments.all(InputSettings.SHAPE.name()).isEmpty()) {
            throw CommandException.badInput("--input-shape only says what a run costs; add --device, or leave it out");
        }
        Graph graph = ModelFiles.read(file);
        CostTable costs = device.map(of -> costs(of, graph, arguments)).orElse(null);
        boolean archive = Archive.isArchive(file);
        long size = Files.size(file);
        long bytes = archive ? ModelFiles.bytes(file, graph) : size;
        Inspection inspection = Inspection.of(file.toString(), bytes, archive ? size : null, graph, costs);
        console.answer(inspection);
        console.show(overview(inspection));
        console.say("");
        if (!inspection.layers().isEmpty()) {
            console.show(layers(inspection));
            console.say("");
        }
        console.show(plan(inspection));
        if (!inspection.notes().isEmpty()) {
            console.say("Would be prepared");
            inspection.notes().forEach(note -> console.say("  " + note));
            console.say("");
        }
        console.show(batchNormalization(inspection));
        if (costs != null) {
            console.say("");
            console.show(costs.text());
        }
    }

    private static CostTable costs(DeviceProfile device, Graph graph, Arguments arguments) {
        try {
            InputPlan plan = InputSettings.sample(arguments, graph);
            return NetworkCosts.table(device, graph, plan);
        } catch (UnsupportedModelException e) {
            throw CommandException.impossible(
                    "%s: the costs of a run are not known: %s".formatted(arguments.operand(0), e.getMessage()), e);
        }
    }

    private static String overview(Inspection it) {
        Table table = new Table("", "");
        table.row("file", Figures.bytes(it.bytes()) + ", opset " + it.opset());
        if (it.archiveBytes() != null) {
            table.row("archive", Figures.bytes(it.archiveBytes()));
        }
        it.inputs().forEach(port -> table.row("input", port(port)));
        it.outputs().forEach(port -> table.row("output", port(port)));
        table.row(
                "parameters", "%s (%s)".formatted(Figures.count(it.parameters()), Figures.bytes(it.parameterBytes())));
        table.row("operators", operators(it));
        return it.model() + "\n" + table.render("  ");
    }

    private static String port(Inspection.Port port) {
        return "%s  %s %s".formatted(port.name(), port.type(), port.shape());
    }

    private static String operators(Inspection it) {
        return it.operators().entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining(", "));
    }

    private static String layers(Inspection it) {
        boolean wide = it.layers().stream().allMatch(layer -> layer.bytes() == Float.BYTES * layer.parameters());
        Table table = new Table("layer", "kind", ">weights", wide ? ">FP32" : ">now", ">int8", "BN statistics");
        for (Inspection.LayerPlan layer : it.layers()) {
            table.row(
                    Figures.name(layer.name()),
                    layer.kind(),
                    Figures.shape(layer.shape()),
                    Figures.bytes(layer.bytes()),
                    Figures.bytes(layer.int8Bytes()),
                    layer.statistics() ? "yes" : "-");
        }
        return table.render("");
    }

    private static String plan(Inspection it) {
        StringBuilder text = new StringBuilder();
        if (!it.obstacle().isEmpty()) {
            text.append("Nothing would be compressed: %s.\n".formatted(Printable.line(it.obstacle())));
        } else if (it.layers().isEmpty() && it.alreadyQuantized()) {
            text.append("The network is already quantized; compress its original.\n");
        } else if (it.layers().isEmpty()) {
            text.append("There is no layer that can be compressed.\n");
        } else {
            text.append("%s would get 8-bit weights: %s -> about %s (%sx).\n"
                    .formatted(
                            Figures.plural(it.layers().size(), "layer"),
                            Figures.bytes(it.bytes()),
                            Figures.bytes(it.predictedBytes()),
                            Figures.decimal((double) it.predictedBytes() / it.bytes(), 2)));
            if (it.alreadyQuantized()) {
                text.append("Other layers are already quantized and left unchanged.\n");
            }
        }
        if (!it.left().isEmpty()) {
            text.append("\nLeft unchanged\n")
                    .append(LeftLine.table(it.left(), "  "))
                    .append('\n');
        }
        return text.toString();
    }

    private static String batchNormalization(Inspection it) {
        if (it.looksFolded()) {
            return "BatchNormalization: none in the file (folded at export, or never used).\n" + REEXPORT;
        }
        if (it.batchNormalizations() == 0) {
            return "BatchNormalization: none.";
        }
        int folded = it.batchNormalizations() - it.batchNormalizationsLeft();
        return "BatchNormalization: %d in the file, %d would be folded, with statistics kept for re-centring."
                .formatted(it.batchNormalizations(), folded);
    }
}
