package lathe.cli.commands;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import lathe.cli.models.ModelFiles;
import lathe.cli.options.ConfigFile;
import lathe.cli.options.Gates;
import lathe.cli.report.ReportFile;
import lathe.cli.report.TradeOff;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Console;
import lathe.engine.graph.Graph;

/** {@code lathe sweep}: what each size of a model costs, so that one can be chosen. */
final class SweepCommand {

    private static final int POINTS = 20;

    private static final CommandOption COUNT = CommandOption.value(
            "points", "N", String.valueOf(POINTS), "number of sizes, from the smallest file to the one of 8 bits");

    private static final CommandOption REPORT = CommandOption.value(
                    ReportFile.OPTION.name(), "FILE", "none", "also write the curve as .html or .json; may be repeated")
            .withList(CommandOption.ListForm.VALUES);

    /** Options of {@code compress} that mean nothing here, or that a sweep decides itself. */
    private static final Set<String> OTHERS = Set.of(
            "output",
            "report",
            "force",
            "dry-run",
            "jobs",
            "config",
            "weights",
            "ends",
            "target-size",
            "target-snr",
            "target-bops",
            "target-energy",
            "target-latency",
            "device",
            "guard",
            Floor.OPTION.name(),
            Timing.OPTION.name());

    static final Command COMMAND = new Command(
            "sweep",
            "shows what each size of a model costs",
            List.of("MODEL"),
            List.of("sweep mobilenet.onnx", "sweep mobilenet.onnx --report curve.html --points 30 --input-range -1,1"),
            options(),
            SweepCommand::run);

    private SweepCommand() {}

    private static List<CommandOption> options() {
        List<CommandOption> options = new ArrayList<>(List.of(COUNT, REPORT));
        options.add(CommandOption.flag("force", "replace a report if it exists").withLetter('f'));
        Set<String> gates =
                Set.copyOf(Gates.OPTIONS.stream().map(CommandOption::name).toList());
        CompressOptions.all().stream()
                .filter(option -> !OTHERS.contains(option.name()) && !gates.contains(option.name()))
                .forEach(options::add);
        return options;
    }

    private static void run(Arguments arguments, Console console) throws IOException {
        Path model = ModelFiles.existing(arguments.operand(0), "an ONNX model");
        int points = arguments.count(COUNT.name(), POINTS, 2, 1000);
        List<ReportFile> reports = ReportFile.of(arguments, model);
        Graph graph = ModelFiles.read(model);
        Compression typed = CompressOptions.compression(
                COMMAND, arguments, ConfigFile.NONE, CompressOptions.inputs(arguments), true);
        InputTrust trust = InputTrust.of(arguments, graph, typed);
        trust.warnings().forEach(console::warn);
        boolean shapeGiven = ModelFiles.knowsShapes(typed.inputs(), graph);
        TradeOff found = ModelFiles.blaming(
                model.toString(),
                shapeGiven,
                () -> new Sweep(trust.compression(), arguments, graph, console.progress())
                        .run(model.toString(), ModelFiles.bytes(model, graph), points, command(model, arguments)));
        for (ReportFile report : reports) {
            report.write(found);
        }
        console.answer(found);
        found.print(console);
        reports.forEach(file -> console.say("Curve written to " + file.path()));
    }

    /** What compresses the model as it was compressed here, but for the size. */
    private static String command(Path model, Arguments arguments) {
        Stream<String> options = COMMAND.options().stream()
                .map(CommandOption::name)
                .filter(name -> !Set.of(COUNT.name(), REPORT.name(), "force", "threads", "max-memory")
                        .contains(name))
                .flatMap(name -> arguments.all(name).stream().map(value -> " --%s=%s".formatted(name, quoted(value))));
        return "lathe compress %s%s".formatted(quoted(model.toString()), String.join("", options.toList()));
    }

    private static String quoted(String word) {
        return word.matches("[A-Za-z0-9_./,:=@%+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
