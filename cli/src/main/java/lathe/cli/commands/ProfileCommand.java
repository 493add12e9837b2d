package lathe.cli.commands;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import lathe.cli.device.AdditiveModel;
import lathe.cli.device.CostFit;
import lathe.cli.device.CostFit.Sample;
import lathe.cli.device.CounterException;
import lathe.cli.device.EnergyCounter;
import lathe.cli.device.EnergyMeter;
import lathe.cli.device.PowercapCounter;
import lathe.cli.device.RunMeasurement;
import lathe.cli.device.RunMeasurement.Given;
import lathe.cli.device.RunMeter;
import lathe.cli.models.ModelFiles;
import lathe.cli.options.ChannelSettings;
import lathe.cli.options.ConfigFile;
import lathe.cli.options.DeviceProfile;
import lathe.cli.options.DeviceProfile.EnergyTable;
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
            "about how long to measure times, and as long again energy if the processor counts it; in less time, fewer networks are"
                    + " measured and the fit is worse");

    private static final CommandOption THREADS = CommandOption.value(
            "threads", "N", "1", "threads that work on one node while it is timed; the profile is for as many");

    private static final CommandOption SEED =
            CommandOption.value("seed", "N", "0", "seed of the random networks that are timed");

    static final Command COMMAND = command(() -> PowercapCounter.of(PowercapCounter.FOLDER));

    private ProfileCommand() {}

    /** The command with a counter of energy, or an exception that says why there is none. */
    static Command command(Supplier<EnergyCounter> counter) {
        return new Command(
                "profile",
                "measures time and energy of layers on this machine, for targets of them",
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
                (arguments, console) -> run(arguments, console, counter));
    }

    /**
     * What the command says with {@code --json}.
     *
     * @param output the profile
     * @param source as it says where its figures are from
     * @param energySource the same of those of energy
     * @param networks that were timed, each in float and in 8-bit integers
     * @param error median of |predicted - measured| / measured of times, on networks that the fit did not see
     * @param energyError the same of energies; null if they are from a table
     */
    record Answer(
            String output,
            String source,
            String energySource,
            long networks,
            int threads,
            double error,
            Double energyError) {}

    private static void run(Arguments arguments, Console console, Supplier<EnergyCounter> energyCounter)
            throws IOException {
        int threads = arguments.count(THREADS.name(), 1, 1, Runtime.getRuntime().availableProcessors());
        int seconds = arguments.count(DURATION.name(), SECONDS, 1, LONGEST);
        long seed = arguments.seed(SEED.name(), 0);
        Path file = ModelFiles.path(arguments.text(OUTPUT.name()).orElse("device.yaml"));
        ModelFiles.checkTarget(file, arguments.has("force"));
        List<Given> models = models(arguments);
        Optional<EnergyCounter> counter = counted(console, energyCounter);
        RunMeasurement measurement = new RunMeasurement(
                ProfileCommand::inIntegers, RunMeter.time(threads), System::nanoTime, seconds, console.progress());
        List<Sample> samples = measurement.samples(models, seed);
        AdditiveModel latency = CostFit.time(samples, threads);
        Optional<AdditiveModel> energy = counter.flatMap(found -> counted(console, () -> {
            EnergyMeter meter = EnergyMeter.onIdleMachine(found, System::nanoTime);
            return CostFit.energy(
                    measurement.withEnergy(samples, models, seed, RunMeter.energy(threads, meter)), threads);
        }));
        long networks = samples.stream().map(Sample::origin).distinct().count();
        String source = source(networks, threads)
                + (energy.isPresent()
                        ? "; energy counted by " + counter.orElseThrow().domains()
                        : "");
        DeviceProfile profile = profile(String.valueOf(file.getFileName()), source, latency, energy);
        WholeFile.write(file, profile.yaml().getBytes(StandardCharsets.UTF_8));
        answer(console, file, profile, networks);
    }

    private static void answer(Console console, Path file, DeviceProfile profile, long networks) {
        AdditiveModel latency = profile.latency().orElseThrow();
        String energySource = profile.energySource().orElseThrow();
        console.answer(new Answer(
                file.toString(),
                profile.source(),
                energySource,
                networks,
                latency.threads(),
                latency.error(),
                profile.energy().map(AdditiveModel::error).orElse(null)));
        console.show(
                "%s: fitted to %s, each in float and in 8-bit integers; %s; median error on networks not seen %s; energy: %s"
                        .formatted(
                                file,
                                Figures.plural(networks, "network"),
                                Figures.plural(latency.threads(), "thread"),
                                Figures.percent(latency.error(), 1),
                                energySource));
    }

    /** What needs a counter; empty, with a line that says so, if it cannot be had. */
    private static <T> Optional<T> counted(Console console, Supplier<T> found) {
        try {
            return Optional.of(found.get());
        } catch (CounterException e) {
            console.warn("energy is from a table, not measured: " + e.getMessage());
            return Optional.empty();
        }
    }

    private static DeviceProfile profile(
            String name, String source, AdditiveModel latency, Optional<AdditiveModel> energy) {
        DeviceProfile published = DeviceProfile.of("45nm");
        Optional<EnergyTable> table = published
                .table()
                .filter(spent -> energy.isEmpty())
                .map(spent -> new EnergyTable(Optional.of(published.source()), spent.multiply(), spent.perByte()));
        return new DeviceProfile(name, source, true, table, energy, Optional.of(latency));
    }

    private static String source(long networks, int threads) {
        return "%s; ONNX Runtime %s, %s, batch of 1; lathe profile %s, %s"
                .formatted(
                        processor(),
                        Network.runtimeVersion(),
                        Figures.plural(threads, "thread"),
                        Version.TEXT,
                        Figures.plural(networks, "network"));
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
            InputPlan plan = InputSettings.sample(arguments, graph);
            models.add(new Given(graph, plan.batch(0, plan.fixedBatch().orElse(1))));
        }
        return models;
    }

    /** The network as it would be compressed to 8-bit weights and activations, with other numbers. */
    private static Optional<Graph> inIntegers(Graph graph) {
        Compression compression = new Compression(
                InputOptions.DEFAULT,
                CompressionOptions.DEFAULT,
                ChannelSettings.DEFAULT,
                List.of(),
                OrtTarget.DEFAULT,
                false,
                ConfigFile.NONE);
        try {
            return Optional.of(compression.plan(graph, SourceHashes.of(graph)).standIn());
        } catch (NothingToCompressException e) {
            return Optional.empty();
        }
    }
}
