package lathe.cli.options;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
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

/**
 * The nodes of a configuration file as keys, texts and settings, whatever the keys mean.
 *
 * @param file for messages
 */
record ConfigNodes(Path file) {

    private static final int LONGEST_TEXT = 4096;
    private static final Set<Tag> PLAIN = Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL);

    /**
     * A key and its value.
     *
     * @param path the key with those above it
     */
    record Entry(String name, String path, Node key, Node value) {}

    /** The entries of a mapping; none where nothing stands behind its key. */
    List<Entry> entries(Node node, String path) {
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
        String quoted = above.equals(ConfigReader.LAYERS) ? "'%s'".formatted(name) : name;
        return above.isEmpty() ? name : above + "." + quoted;
    }

    /** What an entry sets an option to. */
    Setting setting(CommandOption option, Entry entry) {
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
    String text(Node node, String path) {
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
        if (text.length() > LONGEST_TEXT || !text.codePoints().allMatch(ConfigNodes::isPrintable)) {
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

    static String kind(Node node) {
        return node instanceof MappingNode ? "a mapping" : node instanceof SequenceNode ? "a list" : "a text";
    }

    CommandException wrong(Node at, String message) {
        return CommandException.badInput(YamlDocument.place(file, at.getStartMark()) + message);
    }
}
