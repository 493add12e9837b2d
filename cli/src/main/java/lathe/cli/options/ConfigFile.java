package lathe.cli.options;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lathe.cli.models.ModelFiles;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Setting;
import lathe.engine.graph.Graph;
import lathe.engine.report.RunProvenance;

/**
 * What a configuration file sets: options of a command by their long names, alone or as the steps of a recipe, and
 * options of single layers. Values are texts that are checked as those of the command line are, when they are asked for.
 *
 * @param options by name
 * @param layers in the order of the file
 * @param free options with several values, of which the best is to be found; in the order of the file
 * @param limits what the best must keep, as options that set a target; empty where bits are chosen for the target
 */
public record ConfigFile(
        Map<String, Setting> options,
        List<LayerSection> layers,
        Map<String, List<Setting>> free,
        Map<String, Setting> limits) {

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
        free = Collections.unmodifiableMap(new LinkedHashMap<>(free));
        limits = Map.copyOf(limits);
    }

    /** What a run is set to. */
    public static ConfigFile of(Map<String, List<String>> values, List<LayerSection> layers) {
        Map<String, Setting> options = new HashMap<>();
        values.forEach((name, texts) -> options.put(name, new Setting(texts, "--" + name)));
        return new ConfigFile(options, layers);
    }

    /** Of which nothing is free. */
    public ConfigFile(Map<String, Setting> options, List<LayerSection> layers) {
        this(options, layers, Map.of(), Map.of());
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

        String text() {
            String values = options.entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .map(entry -> entry.getKey() + ": " + RecipeText.value(entry.getValue()))
                    .collect(Collectors.joining(", ", "{", "}"));
            return "%s: %s".formatted(RecipeText.quoted(glob), values);
        }
    }

    /**
     * Reads a YAML file that the command line names.
     *
     * @param command whose options the file may set
     * @throws lathe.cli.shell.CommandException if it is not there, or not YAML, or sets what there is not
     */
    public static ConfigFile read(String typed, Command command) throws IOException {
        Path file = ModelFiles.existing(typed, "a YAML file");
        return new ConfigReader(file, command, OF_LAYERS).read(YamlDocument.read(file));
    }

    /**
     * The recipe in a model.
     *
     * @param file where the model comes from
     * @param command that wrote it
     * @return empty if it has none
     */
    public static Optional<ConfigFile> of(Path file, Graph model, Command command) throws IOException {
        String text = model.metadata().get(RunProvenance.RECIPE);
        if (text == null) {
            return Optional.empty();
        }
        Path name = file.resolve(RunProvenance.RECIPE);
        return Optional.of(new ConfigReader(name, command, OF_LAYERS)
                .read(YamlDocument.read(name, new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))));
    }

    /** The same but for some options, which something else sets. */
    public ConfigFile without(Set<String> names) {
        Map<String, Setting> others = new HashMap<>(options);
        others.keySet().removeAll(names);
        Map<String, List<Setting>> othersFree = new LinkedHashMap<>(free);
        othersFree.keySet().removeAll(names);
        return new ConfigFile(others, layers, othersFree, limits);
    }

    /** The same with one more option. */
    public ConfigFile with(String name, Setting setting) {
        Map<String, Setting> more = new HashMap<>(options);
        more.put(name, setting);
        return new ConfigFile(more, layers, free, limits);
    }

    /** The same with one more option, as if it had been typed. */
    public ConfigFile with(String name, String value) {
        return with(name, new Setting(List.of(value), "--" + name));
    }

    /**
     * What candidates have in common, with options left open as the file that they come from leaves them. Where they
     * differ in another option, it follows from one that is open.
     *
     * @param names of options left open
     */
    public static ConfigFile common(List<ConfigFile> candidates, ConfigFile file, Set<String> names) {
        Map<String, Setting> options = new HashMap<>();
        Set<String> differing = new HashSet<>(names);
        for (ConfigFile candidate : candidates) {
            candidate.options().forEach((name, setting) -> {
                Setting other = options.putIfAbsent(name, setting);
                if (other != null && !other.values().equals(setting.values())) {
                    differing.add(name);
                }
            });
        }
        options.keySet().removeAll(differing);
        Map<String, List<Setting>> open = new LinkedHashMap<>(file.free());
        open.keySet().retainAll(names);
        return new ConfigFile(options, candidates.get(0).layers(), open, open.isEmpty() ? Map.of() : file.limits());
    }

    /** Every way to give each free option one of its values; those of the last one change fastest. */
    public List<ConfigFile> candidates() {
        List<ConfigFile> candidates = List.of(new ConfigFile(options, layers));
        for (Map.Entry<String, List<Setting>> option : free.entrySet()) {
            candidates = candidates.stream()
                    .flatMap(candidate ->
                            option.getValue().stream().map(value -> candidate.with(option.getKey(), value)))
                    .toList();
        }
        return candidates;
    }

    /**
     * The layers' part in one line, as YAML that means the same: globs in single quotes in the order of the file,
     * options in the order of the alphabet.
     */
    public String layersText() {
        return layers.stream().map(LayerSection::text).collect(Collectors.joining(", ", "{", "}"));
    }

    /** Options that change the result, by name, in the order of the steps. */
    public Map<String, String> listed() {
        Map<String, String> listed = new LinkedHashMap<>();
        for (Step step : Step.values()) {
            step.all().stream()
                    .filter(options::containsKey)
                    .forEach(name ->
                            listed.put(name, String.join(" ", options.get(name).values())));
        }
        listed.put("layers", layersText());
        return listed;
    }

    /** As YAML that means the same, step by step, without what does not change the result. */
    public String text() {
        return text(step -> List.of());
    }

    /**
     * The same with comments.
     *
     * @param comments lines to stand above a step
     */
    public String text(Function<Step, List<String>> comments) {
        return new RecipeText(this).of(comments);
    }
}
