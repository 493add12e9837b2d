package lathe.cli.options;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import lathe.cli.device.AdditiveModel;
import lathe.cli.device.AdditiveModel.Quantity;
import lathe.cli.device.Feature;
import lathe.cli.models.ModelFiles;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Figures;
import lathe.engine.layer.Precision;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * What a device spends on a run: energy, time, or both.
 *
 * @param name built in, or of the file
 * @param source where the figures come from
 * @param measured false where they are from a table
 * @param table energy of arithmetic and of memory; empty if there is that of nodes
 * @param energy of nodes, above that of the idle device
 * @param latency of nodes
 */
public record DeviceProfile(
        String name,
        String source,
        boolean measured,
        Optional<EnergyTable> table,
        Optional<AdditiveModel> energy,
        Optional<AdditiveModel> latency) {

    /** The option that names one. */
    public static final CommandOption OPTION = CommandOption.value(
            "device",
            "NAME|FILE",
            "none",
            "device whose energy and time of a run are predicted: 45nm (energy, a published table, not measured), x86-vnni"
                    + " or x86-avx2 (time, measured), or a YAML file as 'profile' writes it (time, and energy where the processor counts it)");

    private static final List<String> BUILT_IN = List.of("45nm", "x86-vnni", "x86-avx2");
    private static final Set<String> KEYS =
            Set.of("source", "measured", "multiply", "byte", "energy-source", "energy", "latency");
    private static final String FORM =
            "a device profile has source and measured, and latency, and energy or multiply and byte";

    /**
     * Energy of arithmetic and of memory.
     *
     * @param source where it is from, if not from where the other figures are; it is from a table then
     * @param multiply picojoules for a multiplication and the addition of the product, by bits of the wider factor; wider
     *     than all is as the widest
     * @param perByte picojoules for a byte read from memory
     */
    public record EnergyTable(Optional<String> source, NavigableMap<Integer, Double> multiply, double perByte) {

        public EnergyTable {
            multiply = Collections.unmodifiableNavigableMap(new TreeMap<>(multiply));
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
    }

    /** Where its energy is from, if it has some, and whether that is a table. */
    public Optional<String> energySource() {
        if (measured && energy.isPresent()) {
            return energy.map(model -> "measured, above idle, " + conditions(model));
        }
        Optional<String> other = table.flatMap(EnergyTable::source);
        boolean tabled = !measured || other.isPresent();
        return table.isPresent() || energy.isPresent()
                ? Optional.of(other.orElse(source) + (tabled ? "; from a table, not measured" : ""))
                : Optional.empty();
    }

    /** Under which conditions a model predicts, and how well. */
    public static String conditions(AdditiveModel model) {
        return Figures.plural(model.threads(), "thread")
                + (Double.isNaN(model.error()) ? "" : ", median error " + Figures.percent(model.error(), 0));
    }

    /**
     * The profile that the option names; empty without it.
     *
     * @throws CommandException if there is no such profile, or it lacks something
     */
    public static Optional<DeviceProfile> of(Arguments arguments) {
        return arguments.text(OPTION.name()).map(DeviceProfile::of);
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
                    .orElseThrow(() -> CommandException.badInput("%s: empty; %s".formatted(file, FORM)));
            return new Reader(file).read(builtIn ? typed : String.valueOf(file.getFileName()), root);
        } catch (IOException e) {
            throw CommandException.badInput("%s: cannot be read: %s".formatted(typed, e.getMessage()), e);
        }
    }

    /** The file that holds it. */
    public String yaml() {
        StringBuilder yaml = new StringBuilder("source: %s\nmeasured: %s\n".formatted(quoted(source), measured));
        table.ifPresent(spent -> {
            spent.source()
                    .ifPresent(other -> yaml.append(
                            "\n# From a table, not measured.\nenergy-source: %s\n".formatted(quoted(other))));
            yaml.append(
                    "\n# Picojoules of a multiplication and an addition, by bits of the wider factor.\nmultiply:\n");
            spent.multiply().forEach((bits, each) -> yaml.append("  %d: %s\n".formatted(bits, each)));
            yaml.append("\n# Picojoules of a byte from memory.\nbyte: %s\n".formatted(spent.perByte()));
        });
        energy.ifPresent(model -> yaml.append(ENERGY).append(model.yaml()));
        latency.ifPresent(model -> yaml.append(LATENCY).append(model.yaml()));
        return yaml.toString();
    }

    private static final String ENERGY = """

            # The energy of a run, above what the idle machine takes in that time, is a sum of nanojoules by the same names as its
            # time below. It is counted for whole runs only: each kind of node has one power, times its time.
            """;

    private static final String LATENCY = """

            # The time of a run is a sum of nanoseconds: for each node; each multiplication (mac); each element read, written,
            # of weights, and of the patches that a convolution gathers. "odd" are channels that are no multiple of 4. The
            # error is the median of |predicted - measured| / measured on networks that the fit did not see.
            """;

    private static String quoted(String text) {
        return "\"%s\"".formatted(text.replace("\\", "\\\\").replace("\"", "\\\""));
    }

    /** Reads the nodes of a file. */
    private record Reader(Path file) {

        DeviceProfile read(String name, Node root) {
            Map<String, Node> entries = new TreeMap<>();
            for (NodeTuple entry : mapping(root, "the file")) {
                String key = text(entry.getKeyNode());
                if (!KEYS.contains(key)) {
                    throw wrong(entry.getKeyNode(), "unknown key %s; %s".formatted(key, FORM));
                }
                entries.put(key, entry.getValueNode());
            }
            boolean tabled = entries.containsKey("multiply") || entries.containsKey("byte");
            if (tabled && entries.containsKey("energy")) {
                throw wrong(
                        entries.get("energy"), "energy is there, and so is a table of it; remove multiply and byte");
            }
            List<String> missing = new ArrayList<>(List.of("source", "measured"));
            if (tabled) {
                missing.addAll(List.of("multiply", "byte"));
            } else if (!entries.containsKey("energy")) {
                missing.add("latency");
            }
            missing.removeAll(entries.keySet());
            if (!missing.isEmpty()) {
                throw wrong(root, "%s is missing; %s".formatted(String.join(", ", missing), FORM));
            }
            String measured = text(entries.get("measured"));
            if (!Set.of("true", "false").contains(measured)) {
                throw wrong(entries.get("measured"), "measured must be true or false");
            }
            return new DeviceProfile(
                    name,
                    text(entries.get("source")),
                    measured.equals("true"),
                    tabled ? Optional.of(table(entries)) : Optional.empty(),
                    model(entries, Quantity.ENERGY),
                    model(entries, Quantity.LATENCY));
        }

        private EnergyTable table(Map<String, Node> entries) {
            NavigableMap<Integer, Double> multiply = new TreeMap<>();
            for (NodeTuple entry : mapping(entries.get("multiply"), "multiply")) {
                String bits = text(entry.getKeyNode());
                if (!bits.matches("[1-9]|[12][0-9]|3[0-2]")) {
                    throw wrong(entry.getKeyNode(), "multiply has numbers of bits as keys, 1 to 32, not " + bits);
                }
                multiply.put(Integer.valueOf(bits), number(entry.getValueNode(), "picojoules"));
            }
            if (multiply.isEmpty()) {
                throw wrong(entries.get("multiply"), "multiply is empty; give picojoules by bits, such as 8: 0.3");
            }
            return new EnergyTable(
                    Optional.ofNullable(entries.get("energy-source")).map(this::text),
                    multiply,
                    number(entries.get("byte"), "picojoules"));
        }

        private Optional<AdditiveModel> model(Map<String, Node> entries, Quantity quantity) {
            return Optional.ofNullable(entries.get(quantity.text())).map(node -> model(node, quantity));
        }

        private AdditiveModel model(Node node, Quantity quantity) {
            SortedMap<String, Map<Feature, Double>> nanos = new TreeMap<>();
            int threads = 1;
            double error = Double.NaN;
            for (NodeTuple entry : mapping(node, quantity.text())) {
                String key = text(entry.getKeyNode());
                if (key.equals("threads")) {
                    threads = (int) number(entry.getValueNode(), "threads");
                } else if (key.equals("error")) {
                    error = number(entry.getValueNode(), "the error");
                } else if (AdditiveModel.isGroup(key)) {
                    nanos.put(key, coefficients(entry.getValueNode(), key, quantity));
                } else {
                    throw wrong(
                            entry.getKeyNode(),
                            "unknown key %s; %s has threads, error, run, and kinds of nodes such as 'pointwise int8'"
                                    .formatted(key, quantity.text()));
                }
            }
            if (nanos.isEmpty()) {
                throw wrong(
                        node,
                        "%s has no %s; give some, such as 'pointwise float: {mac: 0.01}'"
                                .formatted(quantity.text(), quantity.unit()));
            }
            return new AdditiveModel(quantity, threads, error, nanos);
        }

        private Map<Feature, Double> coefficients(Node node, String group, Quantity quantity) {
            Map<Feature, Double> coefficients = new EnumMap<>(Feature.class);
            for (NodeTuple entry : mapping(node, group)) {
                String key = text(entry.getKeyNode());
                Feature feature = Feature.named(key)
                        .orElseThrow(() -> wrong(
                                entry.getKeyNode(),
                                "unknown key %s; %s has %s"
                                        .formatted(
                                                key,
                                                group,
                                                Arrays.stream(Feature.values())
                                                        .map(Feature::text)
                                                        .collect(Collectors.joining(", ")))));
                coefficients.put(feature, number(entry.getValueNode(), quantity.unit()));
            }
            return coefficients;
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

        private double number(Node node, String what) {
            try {
                double number = Double.parseDouble(text(node));
                if (number >= 0 && number <= 1e9) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // said below
            }
            throw wrong(node, "'%s' must be a number of %s, 0 to 1e9".formatted(text(node), what));
        }

        private CommandException wrong(Node node, String message) {
            return CommandException.badInput(YamlDocument.place(file, node.getStartMark()) + message);
        }
    }
}
