package lathe.cli.options;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import lathe.cli.models.ModelFiles;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.engine.layer.Precision;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * What a device spends on arithmetic and on memory.
 *
 * @param name built in, or of the file
 * @param source where the figures come from
 * @param measured false where they are from a table
 * @param multiply picojoules for a multiplication and the addition of the product, by bits of the wider factor; wider than
 *     all is as the widest
 * @param perByte picojoules for a byte read from memory
 */
public record DeviceProfile(
        String name, String source, boolean measured, NavigableMap<Integer, Double> multiply, double perByte) {

    /** The option that names one. */
    public static final CommandOption OPTION = CommandOption.value(
            "device",
            "NAME|FILE",
            "none",
            "device profile for energy: 45nm (a published table, not measured), or a YAML file with source, measured,"
                    + " multiply (picojoules by bits) and byte (picojoules)");

    private static final List<String> BUILT_IN = List.of("45nm");
    private static final Set<String> KEYS = Set.of("source", "measured", "multiply", "byte");

    public DeviceProfile {
        multiply = Collections.unmodifiableNavigableMap(new TreeMap<>(multiply));
    }

    /**
     * The profile of that name, or in that file.
     *
     * @throws CommandException if there is none, or it lacks something
     */
    public static DeviceProfile of(String typed) {
        boolean builtIn = BUILT_IN.contains(typed);
        Path file = builtIn
                ? Path.of(typed + ".yaml")
                : ModelFiles.existing(
                        typed, "a device profile, %s or a YAML file,".formatted(String.join(", ", BUILT_IN)));
        try (InputStream in = builtIn
                ? DeviceProfile.class.getResourceAsStream("/lathe/cli/devices/" + file)
                : Files.newInputStream(file)) {
            Node root = YamlDocument.read(file, in)
                    .orElseThrow(() -> CommandException.badInput(
                            "%s: empty; a device profile has source, measured, multiply and byte".formatted(file)));
            return new Reader(file).read(builtIn ? typed : String.valueOf(file.getFileName()), root);
        } catch (IOException e) {
            throw CommandException.badInput("%s: cannot be read: %s".formatted(typed, e.getMessage()), e);
        }
    }

    /**
     * Energy of one layer, each of its weights and inputs read from memory once.
     *
     * @param macs multiplications
     * @param weights number of weights
     * @param inputs number of inputs
     * @return joules
     */
    public double joules(long macs, long weights, long inputs, Precision precision) {
        int bits = Math.max(precision.weights(), precision.inputs());
        Map.Entry<Integer, Double> at = multiply.ceilingEntry(bits);
        double each = (at == null ? multiply.lastEntry() : at).getValue();
        double bytes = (weights * (double) precision.weights() + inputs * (double) precision.inputs()) / Byte.SIZE;
        return 1e-12 * (macs * each + bytes * perByte);
    }

    /** Reads the nodes of a file. */
    private record Reader(Path file) {

        DeviceProfile read(String name, Node root) {
            Map<String, Node> entries = new TreeMap<>();
            for (NodeTuple entry : mapping(root, "the file")) {
                String key = text(entry.getKeyNode());
                if (!KEYS.contains(key)) {
                    throw wrong(
                            entry.getKeyNode(),
                            "unknown key %s; a device profile has source, measured, multiply, byte".formatted(key));
                }
                entries.put(key, entry.getValueNode());
            }
            List<String> missing = new ArrayList<>(KEYS);
            missing.removeAll(entries.keySet());
            if (!missing.isEmpty()) {
                Collections.sort(missing);
                throw wrong(root, "%s is missing".formatted(String.join(", ", missing)));
            }
            NavigableMap<Integer, Double> multiply = new TreeMap<>();
            for (NodeTuple entry : mapping(entries.get("multiply"), "multiply")) {
                String bits = text(entry.getKeyNode());
                if (!bits.matches("[1-9]|[12][0-9]|3[0-2]")) {
                    throw wrong(entry.getKeyNode(), "multiply has numbers of bits as keys, 1 to 32, not " + bits);
                }
                multiply.put(Integer.valueOf(bits), number(entry.getValueNode()));
            }
            if (multiply.isEmpty()) {
                throw wrong(entries.get("multiply"), "multiply is empty; give picojoules by bits, such as 8: 0.3");
            }
            String measured = text(entries.get("measured"));
            if (!Set.of("true", "false").contains(measured)) {
                throw wrong(entries.get("measured"), "measured must be true or false");
            }
            return new DeviceProfile(
                    name, text(entries.get("source")), measured.equals("true"), multiply, number(entries.get("byte")));
        }

        private List<NodeTuple> mapping(Node node, String what) {
            if (node instanceof MappingNode mapping) {
                return mapping.getValue();
            }
            throw wrong(node, what + " must hold keys and values, such as 'byte: 160'");
        }

        private String text(Node node) {
            if (node instanceof ScalarNode scalar) {
                return scalar.getValue();
            }
            throw wrong(node, "a single value is expected here");
        }

        private double number(Node node) {
            try {
                double number = Double.parseDouble(text(node));
                if (number >= 0 && number <= 1e9) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // said below
            }
            throw wrong(node, "'%s' must be a number of picojoules, 0 to 1e9".formatted(text(node)));
        }

        private CommandException wrong(Node node, String message) {
            return CommandException.badInput(YamlDocument.place(file, node.getStartMark()) + message);
        }
    }
}
