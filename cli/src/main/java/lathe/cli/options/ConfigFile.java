package lathe.cli.options;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lathe.cli.models.ModelFiles;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Setting;

/**
 * What a configuration file sets: options of a command by their long names, and options of single layers. Values are
 * texts that are checked as those of the command line are, when they are asked for.
 *
 * @param options by name
 * @param layers in the order of the file
 */
public record ConfigFile(Map<String, Setting> options, List<LayerSection> layers) {

    /** Sets nothing. */
    public static final ConfigFile NONE = new ConfigFile(Map.of(), List.of());

    /** Options that single layers may have of their own. */
    static final List<CommandOption> OF_LAYERS = Stream.of(
                    WeightSettings.OF_LAYERS, List.of(SparsitySettings.OF_LAYERS, SolverSettings.SOLVER))
            .flatMap(List::stream)
            .toList();

    public ConfigFile {
        options = Map.copyOf(options);
        layers = List.copyOf(layers);
    }

    /**
     * What layers of some names get instead of what all layers get.
     *
     * @param glob over layer names
     * @param options by name
     */
    public record LayerSection(String glob, Map<String, Setting> options) {
        public LayerSection {
            options = Map.copyOf(options);
        }

        private String text() {
            String values = options.entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .map(entry -> entry.getKey() + ": "
                            + String.join(",", entry.getValue().values()))
                    .collect(Collectors.joining(", ", "{", "}"));
            return "'%s': %s".formatted(glob.replace("'", "''"), values);
        }
    }

    /**
     * Reads a file that the command line names.
     *
     * @param command whose options the file may set
     * @throws lathe.cli.shell.CommandException if it is not there, or not YAML, or sets what there is not
     */
    public static ConfigFile read(String typed, Command command) throws IOException {
        Path file = ModelFiles.existing(typed, "a YAML file");
        return new ConfigReader(file, command, OF_LAYERS).read();
    }

    /**
     * The layers' part in one line, as YAML that means the same: globs in single quotes in the order of the file,
     * options in the order of the alphabet.
     */
    public String layersText() {
        return layers.stream().map(LayerSection::text).collect(Collectors.joining(", ", "{", "}"));
    }
}
