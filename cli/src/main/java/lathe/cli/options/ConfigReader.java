package lathe.cli.options;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lathe.cli.options.ConfigFile.LayerSection;
import lathe.cli.options.ConfigNodes.Entry;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.CommandOption.ListForm;
import lathe.cli.shell.Figures;
import lathe.cli.shell.Setting;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Turns the nodes of a configuration file into settings, with the option table and the steps as its grammar. */
final class ConfigReader {

    /** Keys that are no options. */
    static final String LAYERS = "layers";

    static final String STEPS = "steps";
    static final String MINIMIZE = "minimize";
    static final String SUBJECT_TO = "subject to";
    private static final List<String> OTHERS = List.of(LAYERS, STEPS, MINIMIZE, SUBJECT_TO);

    static final String SNR = Step.GOAL + "snr";

    /** Of what every candidate is measured for. */
    private static final Set<String> JUDGED = Set.of(SNR, Step.GOAL + "size");

    private static final int MOST_CANDIDATES = 16;

    /** More need not be told apart. */
    private static final long MANY = 1_000_000;

    private final Path file;
    private final ConfigNodes nodes;
    private final Command command;
    private final Map<String, CommandOption> ofRun;
    private final Map<String, CommandOption> ofLayers;
    private final Map<String, Setting> options = new LinkedHashMap<>();
    private final Map<String, List<Setting>> free = new LinkedHashMap<>();
    private final Map<String, Setting> limits = new LinkedHashMap<>();
    private Optional<Node> allocate = Optional.empty();

    ConfigReader(Path file, Command command, List<CommandOption> ofLayers) {
        this.file = file;
        this.nodes = new ConfigNodes(file);
        this.command = command;
        this.ofRun = byName(command.options());
        this.ofRun.remove(CommandOption.CONFIG.name());
        this.ofLayers = byName(ofLayers);
    }

    private static Map<String, CommandOption> byName(List<CommandOption> options) {
        return options.stream()
                .collect(Collectors.toMap(CommandOption::name, Function.identity(), (a, b) -> b, LinkedHashMap::new));
    }

    ConfigFile read(Optional<Node> root) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        root.ifPresent(node -> nodes.entries(node, "").forEach(entry -> entries.put(entry.name(), entry)));
        Optional<Entry> steps = Optional.ofNullable(entries.get(STEPS));
        for (Entry entry : entries.values()) {
            if (!OTHERS.contains(entry.name())) {
                CommandOption option = optionOfRun(entry);
                Optional<Step> step = Step.of(option.name()).filter(any -> steps.isPresent());
                if (step.isPresent()) {
                    throw nodes.wrong(entry.key(), belongs(entry, step.get()));
                }
                set(option, entry);
            }
        }
        steps.ifPresent(entry -> steps(entry.value()));
        objective(Optional.ofNullable(entries.get(MINIMIZE)), Optional.ofNullable(entries.get(SUBJECT_TO)));
        List<LayerSection> layers =
                entries.containsKey(LAYERS) ? layers(entries.get(LAYERS).value()) : List.of();
        ConfigFile config = new ConfigFile(options, layers, free, limits);
        long candidates = free.values().stream().mapToLong(List::size).reduce(1, (a, b) -> Math.min(a * b, MANY));
        if (candidates > MOST_CANDIDATES) {
            throw CommandException.badInput(
                    "%s: the values of %s can be combined in %s ways; at most %d are tried, so leave some out"
                            .formatted(
                                    file,
                                    String.join(" and ", free.keySet()),
                                    Figures.count(candidates),
                                    MOST_CANDIDATES));
        }
        return config;
    }

    private void steps(Node node) {
        if (!(node instanceof SequenceNode list)) {
            throw nodes.wrong(
                    node,
                    "%s holds %s where a list of steps is expected, such as '- quantize: {weights: 4}'"
                            .formatted(STEPS, ConfigNodes.kind(node)));
        }
        EnumSet<Step> done = EnumSet.noneOf(Step.class);
        for (Node item : list.getValue()) {
            Step step = step(item, done);
            done.add(step);
            if (item instanceof MappingNode mapping) {
                for (Entry entry : nodes.entries(mapping.getValue().get(0).getValueNode(), step.text())) {
                    set(optionOfStep(entry, step), entry);
                }
            }
            if (step == Step.ALLOCATE) {
                allocate = Optional.of(item);
            }
        }
        EnumSet<Step> leftOut = EnumSet.complementOf(done);
        if (allocate.isPresent()) {
            leftOut.remove(Step.QUANTIZE);
        }
        for (Step step : leftOut) {
            step.leftOut()
                    .ifPresent(set -> options.put(
                            set.getKey(),
                            new Setting(
                                    List.of(set.getValue()),
                                    "%s: no step %s, so %s".formatted(file, step.text(), set.getKey()))));
        }
    }

    private Step step(Node item, Set<Step> done) {
        boolean named =
                item instanceof MappingNode mapping && mapping.getValue().size() == 1;
        if (!named && !(item instanceof ScalarNode)) {
            throw nodes.wrong(item, "a step is one name with its options, such as 'quantize: {weights: 4}'");
        }
        Node key = named ? ((MappingNode) item).getValue().get(0).getKeyNode() : item;
        String name = nodes.text(key, STEPS);
        String order = Stream.of(Step.values()).map(Step::text).collect(Collectors.joining(", "));
        Step step = Stream.of(Step.values())
                .filter(known -> known.text().equals(name))
                .findFirst()
                .orElseThrow(() -> nodes.wrong(
                        key,
                        "unknown step %s%s; steps are %s"
                                .formatted(name, Arguments.suggestion(name, List.of(order.split(", ", -1))), order)));
        if (done.contains(step)) {
            throw nodes.wrong(key, "the step %s is there twice; remove one".formatted(name));
        }
        if (done.stream().anyMatch(other -> other.compareTo(step) > 0)) {
            throw nodes.wrong(key, "the step %s is too late; the order is %s".formatted(name, order));
        }
        return step;
    }

    private CommandOption optionOfStep(Entry entry, Step step) {
        if (step.options().contains(entry.name())) {
            return ofRun.get(entry.name());
        }
        Optional<Step> other = Step.of(entry.name());
        if (other.isPresent()) {
            throw nodes.wrong(entry.key(), belongs(entry, other.get()));
        }
        throw unknown(entry, step.text(), step.options());
    }

    private CommandException unknown(Entry entry, String owner, List<String> known) {
        return nodes.wrong(
                entry.key(),
                "unknown key %s%s; %s may have %s"
                        .formatted(
                                entry.path(),
                                Arguments.suggestion(entry.name(), known),
                                owner,
                                String.join(", ", known)));
    }

    private static String belongs(Entry entry, Step step) {
        return step.options().contains(entry.name())
                ? "%s belongs to the step %s; write it there".formatted(entry.path(), step.text())
                : "%s is written as '%s: {%s: ...}'"
                        .formatted(entry.path(), SUBJECT_TO, entry.name().substring(Step.GOAL.length()));
    }

    /** What is to be reached by choosing bits; where these are given, what the best candidate must keep. */
    private void objective(Optional<Entry> minimize, Optional<Entry> subjectTo) {
        boolean chosen = allocate.isPresent() || options.keySet().stream().anyMatch(Step::isGoal);
        Map<String, Setting> goals = chosen ? options : limits;
        for (Entry entry :
                subjectTo.map(kept -> nodes.entries(kept.value(), SUBJECT_TO)).orElse(List.of())) {
            CommandOption option = goal(entry);
            if (!chosen && !JUDGED.contains(option.name())) {
                throw nodes.wrong(
                        entry.key(), "%s needs the step allocate, which chooses bits for it".formatted(entry.path()));
            }
            if (goals.put(option.name(), nodes.setting(option, entry)) != null) {
                throw nodes.wrong(
                        entry.key(),
                        "%s is there twice, also as %s; remove one".formatted(entry.path(), option.name()));
            }
        }
        if (allocate.isPresent() && options.keySet().stream().noneMatch(Step::isGoal)) {
            throw nodes.wrong(
                    allocate.get(), "allocate needs what to reach; add '%s: {size: 25%%}'".formatted(SUBJECT_TO));
        }
        if (!chosen && free.isEmpty()) {
            minimize.or(() -> subjectTo).ifPresent(entry -> {
                throw nodes.wrong(
                        entry.key(),
                        "%s needs the step allocate, or an option with several values to choose from"
                                .formatted(entry.path()));
            });
        }
        minimize.ifPresent(entry -> checkMinimize(entry, goals.containsKey(SNR)));
    }

    private CommandOption goal(Entry entry) {
        CommandOption option = ofRun.get(Step.GOAL + entry.name());
        if (option != null && Step.isGoal(option.name())) {
            return option;
        }
        throw unknown(
                entry,
                SUBJECT_TO,
                Step.ALLOCATE.all().stream()
                        .filter(Step::isGoal)
                        .map(name -> name.substring(Step.GOAL.length()))
                        .toList());
    }

    private void checkMinimize(Entry entry, boolean keepsSnr) {
        String what = nodes.text(entry.value(), MINIMIZE);
        if (!List.of("loss", "size").contains(what)) {
            throw nodes.wrong(entry.value(), "minimize %s: must be loss or size".formatted(what));
        }
        if (what.equals("size") && !keepsSnr) {
            throw nodes.wrong(
                    entry.value(), "minimize size: needs an SNR to keep; add '%s: {snr: 20}'".formatted(SUBJECT_TO));
        }
        if (what.equals("loss") && keepsSnr) {
            throw nodes.wrong(entry.value(), "minimize loss: with an SNR to keep, the size is minimized; write size");
        }
    }

    private void set(CommandOption option, Entry entry) {
        Optional<Step> step = Step.of(option.name()).filter(any -> option.list() == ListForm.NONE);
        if (step.isEmpty() || !(entry.value() instanceof SequenceNode list)) {
            options.put(entry.name(), nodes.setting(option, entry));
            return;
        }
        if (step.get() == Step.MEASURE) {
            throw nodes.wrong(
                    list,
                    "%s takes one value, not a list: candidates are compared on the same inputs"
                            .formatted(entry.path()));
        }
        List<Setting> values = list.getValue().stream()
                .map(item -> nodes.setting(option, new Entry(entry.name(), entry.path(), entry.key(), item)))
                .toList();
        if (values.isEmpty()) {
            throw nodes.wrong(list, "%s: the list is empty; give values, or leave the key out".formatted(entry.path()));
        }
        if (values.size() == 1) {
            options.put(entry.name(), values.get(0));
        } else {
            free.put(entry.name(), values);
        }
    }

    private List<LayerSection> layers(Node node) {
        List<LayerSection> sections = new ArrayList<>();
        for (Entry layer : nodes.entries(node, LAYERS)) {
            Map<String, Setting> options = new LinkedHashMap<>();
            for (Entry entry : nodes.entries(layer.value(), layer.path())) {
                options.put(entry.name(), nodes.setting(optionOfLayer(entry), entry));
            }
            sections.add(new LayerSection(layer.name(), options));
        }
        return sections;
    }

    private CommandOption optionOfRun(Entry entry) {
        CommandOption option = ofRun.get(entry.name());
        if (option != null) {
            return option;
        }
        if (Arguments.optionsOf(command).stream().anyMatch(other -> other.name().equals(entry.name()))) {
            throw nodes.wrong(
                    entry.key(), "%s is allowed on the command line only; remove it here".formatted(entry.path()));
        }
        List<String> known =
                Stream.concat(ofRun.keySet().stream(), OTHERS.stream()).toList();
        throw nodes.wrong(
                entry.key(),
                "unknown key %s%s; keys are the options in 'lathe %s --help', and %s"
                        .formatted(
                                entry.path(),
                                Arguments.suggestion(entry.name(), known),
                                command.name(),
                                String.join(", ", OTHERS)));
    }

    private CommandOption optionOfLayer(Entry entry) {
        CommandOption option = ofLayers.get(entry.name());
        if (option != null) {
            return option;
        }
        List<String> known = List.copyOf(ofLayers.keySet());
        throw ofRun.containsKey(entry.name())
                ? nodes.wrong(
                        entry.key(),
                        "%s cannot differ by layer; a layer may have %s"
                                .formatted(entry.path(), String.join(", ", known)))
                : unknown(entry, "a layer", known);
    }
}
