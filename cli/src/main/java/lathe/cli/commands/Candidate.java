package lathe.cli.commands;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lathe.cli.options.ConfigFile;
import lathe.cli.options.InputSettings;
import lathe.cli.options.TargetSettings;
import lathe.cli.options.WeightSettings;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.synth.input.InputOptions;

/**
 * One way to set the options that a recipe leaves open; the only one if it leaves none.
 *
 * @param arguments all options
 * @param compression that they ask for
 * @param choice the options left open, by name
 */
record Candidate(Arguments arguments, Compression compression, Map<String, String> choice) {

    /**
     * All candidates of a command line.
     *
     * @param command whose options these are
     * @param config what it sets besides; where it contradicts the command line, that takes precedence
     * @throws CommandException if options contradict each other, or have values that they cannot have
     */
    static List<Candidate> of(Command command, Arguments typed, ConfigFile config) {
        Set<String> overruled = new HashSet<>(WeightSettings.overruled(typed));
        overruled.addAll(InputSettings.overruled(typed));
        overruled.addAll(TargetSettings.overruled(typed));
        config.free().keySet().stream().filter(typed::has).forEach(overruled::add);
        ConfigFile open = config.without(overruled);
        InputOptions inputs = CompressOptions.inputs(typed.withFallbacks(open.options()));
        List<Candidate> candidates = new ArrayList<>();
        for (ConfigFile set : open.candidates()) {
            Arguments arguments = typed.withFallbacks(set.options());
            Guard.gates(arguments); // refuses those that are wrong now, not behind a compression
            Map<String, String> choice = new LinkedHashMap<>();
            open.free()
                    .keySet()
                    .forEach(name -> choice.put(name, arguments.text(name).orElseThrow()));
            boolean chosen = TargetSettings.of(arguments).isPresent();
            candidates.add(new Candidate(
                    arguments, CompressOptions.compression(command, arguments, set, inputs, chosen), choice));
        }
        return candidates;
    }

    /** The same as one of several runs at once. */
    Candidate oneOf(int runs) {
        return new Candidate(arguments, compression.oneOf(runs), choice);
    }
}
