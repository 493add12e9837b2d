package lathe.cli.commands;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import lathe.cli.device.LatencyFit;
import lathe.cli.device.LatencyMeasurement;
import lathe.cli.device.LatencyMeasurement.Given;
import lathe.cli.device.LatencyModel;
import lathe.cli.device.RunTimer;
import lathe.cli.models.ModelFiles;
import lathe.cli.options.ConfigFile;
import lathe.cli.options.DeviceProfile;
import lathe.cli.options.DeviceProfile.Energy;
import lathe.cli.options.InputSettings;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Console;
import lathe.cli.shell.Figures;
import lathe.cli.shell.Version;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.SourceHashes;
import lathe.engine.onnx.WholeFile;
import lathe.engine.pipeline.CompressionOptions;
import lathe.engine.pipeline.NothingToCompressException;
import lathe.engine.qdq.OrtTarget;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.network.Network;

/** {@code lathe profile}: what layers cost on this machine, as a file for {@code --device}. */
final class ProfileCommand {

    private static final int SECONDS = 60;
    private static final int LONGEST = 3600;

    private static final CommandOption OUTPUT = CommandOption.value(
                    "output", "FILE", "device.yaml", "where to write the profile")
            .withLetter('o');

    private static final CommandOption DURATION = CommandOption.value(
            "seconds",
            "N",
            String.valueOf(SECONDS),
            "about how long to measure; in less time, fewer networks are measured and the fit is worse");

    private static final CommandOption THREADS = CommandOption.value(
            "threads", "N", "1", "threads that work on one node while it is timed; the profile is for as many");

    private static final CommandOption SEED =
            CommandOption.value("seed", "N", "0", "seed of the random networks that are timed");

    static final Command COMMAND = new Command(
            "profile",
            "times layers on this machine, for latency targets",
            List.of("[MODEL]..."),
            List.of("profile -o laptop.yaml", "profile -o laptop.yaml mobilenet.onnx --seconds 120"),
            List.of(
                    OUTPUT,
                    CommandOption.flag("force", "replace the profile if it exists")
                            .withLetter('f'),
                    DURATION,
                    THREADS,
                    SEED,
                    InputSettings.SHAPE),
            ProfileCommand::run);

    private ProfileCommand() {}

    /**
     * What the command says with {@code --json}.
     *
     * @param output the profile
     * @param source as it says where its figures are from
     * @param networks that were timed, each in float and in 8-bit integers
     * @param error median of |predicted - measured| / measured on networks that the fit did not see
     */
    record Answer(String output, String source, long networks, int threads, double error) {}

    private static void run(Arguments arguments, Console console) throws IOException {
        int threads = arguments.count(THREADS.name(), 1, 1, Runtime.getRuntime().availableProcessors());
        int seconds = arguments.count(DURATION.name(), SECONDS, 1, LONGEST);
        long seed = arguments.seed(SEED.name(), 0);
        Path file = ModelFiles.path(arguments.text(OUTPUT.name()).orElse("device.yaml"));
        ModelFiles.checkTarget(file, arguments.has("force"));
        List<Given> models = models(arguments);
        List<LatencyFit.Sample> samples = new LatencyMeasurement(
                        ProfileCommand::inIntegers,
                        RunTimer.onThisMachine(threads),
                        System::nanoTime,
                        seconds,
                        console.progress())
                .samples(models, seed);
        LatencyModel model = LatencyFit.of(samples, threads);
        long networks =
                samples.stream().map(LatencyFit.Sample::origin).distinct().count();
        DeviceProfile profile = profile(String.valueOf(file.getFileName()), model, networks);
        WholeFile.write(file, profile.yaml().getBytes(StandardCharsets.UTF_8));
        console.answer(new Answer(file.toString(), profile.source(), networks, threads, model.error()));
        console.show("%s: fitted to %s, each in float and in 8-bit integers; %s; median error on networks not seen %s"
                .formatted(
                        file,
                        Figures.plural(networks, "network"),
                        Figures.plural(threads, "thread"),
                        Figures.percent(model.error(), 1)));
    }

    private static DeviceProfile profile(String name, LatencyModel model, long networks) {
        DeviceProfile table = DeviceProfile.of("45nm");
        Energy spent = table.energy().orElseThrow();
        return new DeviceProfile(
                name,
                "%s; ONNX Runtime %s, %s, batch of 1; lathe profile %s, %s"
                        .formatted(
                                processor(),
                                Network.runtimeVersion(),
                                Figures.plural(model.threads(), "thread"),
                                Version.TEXT,
                                Figures.plural(networks, "network")),
                true,
                Optional.of(new Energy(Optional.of(table.source()), spent.multiply(), spent.perByte())),
                Optional.of(model));
    }

    /** As Linux calls it, else the architecture. */
    private static String processor() {
        Path info = Path.of("/proc/cpuinfo");
        String architecture = System.getProperty("os.arch");
        try (Stream<String> lines = Files.lines(info)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .orElse(architecture);
        } catch (IOException | UncheckedIOException e) {
            return architecture;
        }
    }

    private static List<Given> models(Arguments arguments) throws IOException {
        List<Given> models = new ArrayList<>();
        for (String operand : arguments.operands()) {
            Graph graph = ModelFiles.read(ModelFiles.existing(operand, "an ONNX model"));
            InputPlan plan = InputSettings.check(arguments, graph, InputSettings.of(arguments, 1, 0));
            models.add(new Given(graph, plan.batch(0, plan.fixedBatch().orElse(1))));
        }
        return models;
    }

    /** The network as it would be compressed to 8-bit weights and activations, with other numbers. */
    private static Optional<Graph> inIntegers(Graph graph) {
        Compression compression = new Compression(
                InputOptions.DEFAULT, CompressionOptions.DEFAULT, List.of(), OrtTarget.DEFAULT, false, ConfigFile.NONE);
        try {
            return Optional.of(compression.plan(graph, SourceHashes.of(graph)).standIn());
        } catch (NothingToCompressException e) {
            return Optional.empty();
        }
    }
}
