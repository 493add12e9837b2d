package lathe.cli.options;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lathe.cli.options.ConfigFile.LayerSection;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Figures;
import lathe.cli.shell.Setting;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/** Turns the nodes of a configuration file into settings, with the option table as its grammar. */
final class ConfigReader {

    /** The one key that is no option. */
    private static final String LAYERS = "layers";

    private static final int LONGEST_TEXT = 4096;
    private static final Set<Tag> PLAIN = Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL);

    private final Path file;
    private final Command command;
    private final Map<String, CommandOption> ofRun;
    private final Map<String, CommandOption> ofLayers;

    ConfigReader(Path file, Command command, List<CommandOption> ofLayers) {
        this.file = file;
        this.command = command;
        this.ofRun = byName(command.options());
        this.ofRun.remove(CommandOption.CONFIG.name());
        this.ofLayers = byName(ofLayers);
    }

    private static Map<String, CommandOption> byName(List<CommandOption> options) {
        return options.stream()
                .collect(Collectors.toMap(CommandOption::name, Function.identity(), (a, b) -> b, LinkedHashMap::new));
    }

    ConfigFile read() throws IOException {
        Optional<Node> root = YamlDocument.read(file);
        Map<String, Setting> options = new LinkedHashMap<>();
        List<LayerSection> layers = List.of();
        for (Entry entry : root.isEmpty() ? List.<Entry>of() : entries(root.get(), "")) {
            if (entry.name().equals(LAYERS)) {
                layers = layers(entry.value());
            } else {
                options.put(entry.name(), setting(optionOfRun(entry), entry));
            }
        }
        return new ConfigFile(options, layers);
    }

    private List<LayerSection> layers(Node node) {
        List<LayerSection> sections = new ArrayList<>();
        for (Entry layer : entries(node, LAYERS)) {
            Map<String, Setting> options = new LinkedHashMap<>();
            for (Entry entry : entries(layer.value(), layer.path())) {
                options.put(entry.name(), setting(optionOfLayer(entry), entry));
            }
            sections.add(new LayerSection(layer.name(), options));
        }
        return sections;
    }

    /**
     * A key and its value.
     *
     * @param path the key with those above it
     */
    private record Entry(String name, String path, Node key, Node value) {}

    /** The entries of a mapping; none where nothing stands behind its key. */
    private List<Entry> entries(Node node, String path) {
        if (node.getTag().equals(Tag.NULL)) {
            return List.of();
        }
        if (!(node instanceof MappingNode mapping)) {
            String where = path.isEmpty() ? "the file" : path;
            throw wrong(node, "%s holds %s where keys are expected, such as 'weights: 4'".formatted(where, kind(node)));
        }
        List<Entry> entries = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (NodeTuple tuple : mapping.getValue()) {
            Node key = tuple.getKeyNode();
            String name = text(key, path.isEmpty() ? "a key" : "a key in " + path);
            Entry entry = new Entry(name, path(path, name), key, tuple.getValueNode());
            if (!names.add(name)) {
                throw wrong(key, "%s is there twice; remove one".formatted(entry.path()));
            }
            entries.add(entry);
        }
        return entries;
    }

    private static String path(String above, String name) {
        String quoted = above.equals(LAYERS) ? "'%s'".formatted(name) : name;
        return above.isEmpty() ? name : above + "." + quoted;
    }

    private CommandOption optionOfRun(Entry entry) {
        CommandOption option = ofRun.get(entry.name());
        if (option != null) {
            return option;
        }
        if (Arguments.optionsOf(command).stream().anyMatch(other -> other.name().equals(entry.name()))) {
            throw wrong(entry.key(), "%s is allowed on the command line only; remove it here".formatted(entry.path()));
        }
        List<String> known =
                Stream.concat(ofRun.keySet().stream(), Stream.of(LAYERS)).toList();
        throw wrong(
                entry.key(),
                "unknown key %s%s; keys are the options in 'lathe %s --help', and %s"
                        .formatted(entry.path(), Arguments.suggestion(entry.name(), known), command.name(), LAYERS));
    }

    private CommandOption optionOfLayer(Entry entry) {
        CommandOption option = ofLayers.get(entry.name());
        if (option != null) {
            return option;
        }
        List<String> known = List.copyOf(ofLayers.keySet());
        String what = ofRun.containsKey(entry.name())
                ? entry.path() + " cannot differ by layer"
                : "unknown key " + entry.path() + Arguments.suggestion(entry.name(), known);
        throw wrong(entry.key(), "%s; a layer may have %s".formatted(what, String.join(", ", known)));
    }

    private Setting setting(CommandOption option, Entry entry) {
        Node node = entry.value();
        List<String> values = node instanceof SequenceNode list
                ? list(option, list, entry.path())
                : List.of(text(node, entry.path()));
        if (option.isBoolean()) {
            values = List.of(flag(values.get(0), entry));
        }
        return new Setting(values, YamlDocument.place(file, node.getStartMark()) + entry.path());
    }

    private String flag(String text, Entry entry) {
        String word = text.toLowerCase(Locale.ROOT);
        if (!word.equals("true") && !word.equals("false")) {
            throw wrong(entry.value(), "%s %s: must be true or false".formatted(entry.path(), text));
        }
        return word;
    }

    private List<String> list(CommandOption option, SequenceNode list, String path) {
        List<Node> items = list.getValue();
        List<String> texts = items.stream().map(item -> text(item, path)).toList();
        boolean whole = items.stream().allMatch(item -> item.getTag().equals(Tag.INT));
        return switch (option.list()) {
            case NONE -> throw wrong(list, "%s takes one value, not a list".formatted(path));
            case VALUES -> texts;
            case NUMBERS -> List.of(joined(list, texts, path));
            case SHAPES -> whole ? List.of(joined(list, texts, path)) : texts;
        };
    }

    private String joined(Node list, List<String> texts, String path) {
        if (texts.isEmpty()) {
            throw wrong(list, "%s: the list is empty; give numbers, or leave the key out".formatted(path));
        }
        return String.join(",", texts);
    }

    /** The text of a node, whatever YAML takes it for. */
    private String text(Node node, String path) {
        if (node.getTag().equals(Tag.NULL)) {
            throw wrong(node, "%s is empty; write a value, or remove the key".formatted(path));
        }
        if (!(node instanceof ScalarNode scalar)) {
            throw wrong(node, "%s: must be text or a number, not %s".formatted(path, kind(node)));
        }
        if (!PLAIN.contains(node.getTag())) {
            throw wrong(node, "%s: %s is not supported; write the value alone".formatted(path, node.getTag()));
        }
        String text = scalar.getValue();
        if (text.length() > LONGEST_TEXT || !text.codePoints().allMatch(ConfigReader::isPrintable)) {
            throw wrong(
                    node,
                    "%s: a text must be one line of at most %s printable characters"
                            .formatted(path, Figures.count(LONGEST_TEXT)));
        }
        return text;
    }

    private static boolean isPrintable(int character) {
        int type = Character.getType(character);
        return StreamReader.isPrintable(character)
                && type != Character.CONTROL
                && type != Character.LINE_SEPARATOR
                && type != Character.PARAGRAPH_SEPARATOR;
    }

    private static String kind(Node node) {
        return node instanceof MappingNode ? "a mapping" : node instanceof SequenceNode ? "a list" : "a text";
    }

    private CommandException wrong(Node at, String message) {
        return CommandException.badInput(YamlDocument.place(file, at.getStartMark()) + message);
    }
}
