package lathe.cli.commands;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import lathe.cli.models.ModelJob;
import lathe.cli.options.ChannelSettings;
import lathe.cli.options.ConfigFile;
import lathe.cli.options.Gates;
import lathe.cli.options.InputSettings;
import lathe.cli.options.MemorySettings;
import lathe.cli.options.SolverSettings;
import lathe.cli.options.SparsitySettings;
import lathe.cli.options.SynthSettings;
import lathe.cli.options.TargetSettings;
import lathe.cli.options.WeightSettings;
import lathe.cli.report.ReportFile;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.CommandOption.ListForm;
import lathe.engine.grid.ActivationRange;
import lathe.engine.grid.AffineFormat;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.WeightFormat;
import lathe.engine.pipeline.CompressionOptions;
import lathe.engine.pipeline.LayerOverride;
import lathe.engine.prune.Sparsity;
import lathe.engine.qdq.OrtTarget;
import lathe.engine.qdq.Processor;
import lathe.engine.qdq.WeightForm;
import lathe.engine.solve.Solver;
import lathe.engine.solve.SolverOptions;
import lathe.engine.task.LayerConfig;
import lathe.synth.input.InputOptions;
import lathe.synth.input.RealInputs;

/** The options of {@code lathe compress}: their table, and the compression that they ask for. */
final class CompressOptions {

    static final String DRY_RUN = "dry-run";
    static final String EXPLAIN = "explain";

    private static final int IMAGES = 64;

    private CompressOptions() {}

    /** The table, in the order of the help. */
    static List<CommandOption> all() {
        List<CommandOption> options = new ArrayList<>();
        options.add(CommandOption.value(
                        ModelJob.OUTPUT,
                        "FILE|FOLDER|-",
                        "MODEL.int8.onnx beside the model, or .int4, .pruned ...; - for the model -",
                        "where to write the smaller model; a folder if there are several models; - is standard output")
                .withLetter('o'));
        options.add(ReportFile.OPTION);
        options.add(CommandOption.flag("force", "replace the output or a report if it exists")
                .withLetter('f'));
        options.add(CommandOption.flag(
                DRY_RUN, "show the compression plan, the estimated size and the recipe; run and write nothing"));
        options.add(CommandOption.flag(
                EXPLAIN,
                "print the recipe alone, as a file for --config with a comment on what each step does to the model"));
        options.add(CommandOption.value(
                "jobs",
                "N",
                "1",
                "number of models to compress at the same time; they share --threads and --max-memory"));
        options.add(CommandOption.CONFIG);
        options.addAll(TargetSettings.OPTIONS);
        options.addAll(WeightSettings.options());
        options.add(WeightSettings.FORM);
        options.addAll(SparsitySettings.OPTIONS);
        options.addAll(ChannelSettings.OPTIONS);
        options.add(CommandOption.value(
                "activations",
                "4..8|none",
                "8, or none with weights other than 8-bit integers, a target other than latency or measured energy, or guessed inputs",
                "bits per activation; fewer than 8 are neither smaller nor faster than 8, and the first and last layer keep 8;"
                        + " none keeps activations in float: smaller, not faster"));
        options.add(
                CommandOption.value(
                        "activation-range",
                        "cautious|mse|minmax",
                        "cautious",
                        "clipping range: least squared error with clipping errors weighted more, least squared error, or no clipping"));
        options.add(CommandOption.value(
                "target",
                "any|vnni|arm",
                "any",
                "processors on which 8-bit kernels must not overflow: all, or only x86 with VNNI or 64-bit ARM, which allow"
                        + " the full weight range"));
        options.add(SolverSettings.SOLVER);
        options.add(CommandOption.value(
                "equalization",
                "auto|none",
                "auto",
                "cross-layer equalization before per-tensor quantization, where it lowers the error"));
        options.add(CommandOption.value(
                        "exclude", "GLOB", "nothing", "leave layers whose names match in FP32; may be repeated")
                .withList(ListForm.VALUES));
        options.addAll(SynthSettings.OPTIONS);
        options.add(CommandOption.value(
                "images",
                "N",
                IMAGES + ", or 256 of at most 96x96 with --effort high",
                "number of synthetic inputs, or of --inputs to use (default all)"));
        options.add(InputSettings.INPUTS);
        options.add(CommandOption.value(
                "seed", "N", "0", "seed of the synthetic inputs; the same seed gives the same bytes"));
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

    /** The inputs that are asked for; real ones are read. */
    static InputOptions inputs(Arguments arguments) {
        return InputSettings.of(arguments, arguments.count("images", IMAGES, 1), 0);
    }

    /**
     * The compression that is asked for.
     *
     * @param command whose options these are
     * @param given what {@link #inputs} says
     * @param chosen true if bits are chosen for a target, in place of what the options say
     * @throws CommandException if options contradict each other, or have values that they cannot have
     */
    static Compression compression(
            Command command, Arguments arguments, ConfigFile config, InputOptions given, boolean chosen) {
        Optional<WeightFormat> weights = WeightSettings.of(arguments);
        Optional<Sparsity> sparsity = SparsitySettings.of(arguments);
        OptionalInt ends = chosen ? OptionalInt.of(QuantGrid.FEWEST_BITS) : WeightSettings.ends(arguments);
        String activations = arguments.choice(
                "activations",
                !chosen
                        ? defaultActivations(weights, WeightSettings.form(arguments))
                        : TargetSettings.needsIntegers(arguments) ? "8" : "none",
                "4",
                "5",
                "6",
                "7",
                "8",
                "none");
        String range = arguments.choice("activation-range", "cautious", "cautious", "mse", "minmax");
        String processor = arguments.choice("target", "any", "any", "vnni", "arm");
        Solver solver = SolverSettings.of(arguments);
        String equalization = arguments.choice("equalization", "auto", "auto", "none");
        InputOptions inputs =
                SynthSettings.of(arguments, given).withReal(given.real().map(RealInputs::forStatistics));
        List<LayerOverride> overrides = overrides(command, config);
        ChannelSettings channels = ChannelSettings.of(arguments, !activations.equals("none"));
        if (weights.isEmpty() && !activations.equals("none")) {
            throw CommandException.badInput(arguments.labelled(
                    "--weights float and --activations %s exclude each other: integer kernels need integer weights"
                            .formatted(activations)));
        }
        WeightForm form = WeightSettings.form(arguments);
        if (form.roundsInputs() && !activations.equals("none")) {
            throw CommandException.badInput(arguments.labelled(
                    "--weight-form %s leaves activations in float: leave out --activations, and targets of integers"
                            .formatted(form.name().toLowerCase(Locale.ROOT))));
        }
        CompressionOptions options = new CompressionOptions(
                new LayerConfig(weights, sparsity, solver, SolverOptions.DEFAULT, false),
                ends,
                activations.equals("none") ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(activations)),
                activationRange(range),
                arguments.all("exclude"),
                overrides,
                InputSettings.threads(arguments),
                MemorySettings.of(arguments));
        OrtTarget runtime = new OrtTarget(WeightSettings.form(arguments), processor(processor));
        Map<String, List<String>> several = new HashMap<>(InputSettings.typed(arguments));
        if (!options.exclude().isEmpty()) {
            several.put("exclude", options.exclude());
        }
        Map<String, String> listed = new HashMap<>(TargetSettings.listed(arguments));
        listed.putAll(WeightSettings.listed(arguments, weights, ends, chosen));
        if (!chosen) {
            listed.putAll(Guard.listed(arguments));
            listed.put(Floor.OPTION.name(), Floor.fallsBack(arguments) ? "auto" : "none");
        }
        listed.put(WeightSettings.FORM.name(), runtime.form().name().toLowerCase(Locale.ROOT));
        listed.putAll(SparsitySettings.listed(arguments));
        listed.putAll(channels.listed(arguments));
        listed.put("activations", activations);
        listed.put("activation-range", range);
        listed.put("target", processor);
        listed.put(SolverSettings.SOLVER.name(), solver.toString());
        listed.put("equalization", equalization);
        listed.putAll(SynthSettings.listed(arguments, inputs));
        listed.put("images", String.valueOf(given.real().map(RealInputs::count).orElse(inputs.images())));
        listed.put("seed", String.valueOf(inputs.seed()));
        listed.forEach((name, value) -> several.put(name, List.of(value)));
        return new Compression(
                inputs,
                options,
                channels,
                chosen ? WeightSettings.choices(arguments) : List.of(),
                runtime,
                equalization.equals("auto"),
                ConfigFile.of(several, config.layers()));
    }

    private static Processor processor(String name) {
        return Processor.valueOf(name.toUpperCase(Locale.ROOT));
    }

    /** With other weights than 8-bit integers ONNX Runtime has no integer kernels, and quantized activations would only cost. */
    private static String defaultActivations(Optional<WeightFormat> weights, WeightForm form) {
        return weights.filter(AffineFormat.class::isInstance)
                        .filter(format -> !form.roundsInputs())
                        .filter(format -> format.bits() == QuantGrid.MOST_BITS)
                        .isPresent()
                ? "8"
                : "none";
    }

    private static List<LayerOverride> overrides(Command command, ConfigFile config) {
        return config.layers().stream()
                .map(layer -> WeightSettings.override(layer.glob(), Arguments.of(command, layer.options())))
                .toList();
    }

    private static ActivationRange activationRange(String range) {
        return switch (range) {
            case "mse" -> ActivationRange.MSE;
            case "minmax" -> ActivationRange.MIN_MAX;
            default -> ActivationRange.CAUTIOUS;
        };
    }
}
