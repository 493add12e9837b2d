package lathe.cli.options;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import lathe.cli.shell.Printable;
import lathe.cli.shell.Setting;

/** A recipe as YAML, which {@link ConfigReader} reads as the same recipe. */
record RecipeText(ConfigFile recipe) {

    /** Texts that YAML takes for nothing else. */
    private static final Pattern PLAIN = Pattern.compile("(?!(?i:null)$)-?[A-Za-z0-9][A-Za-z0-9_./%-]*");

    /**
     * Steps, objective and layers.
     *
     * @param comments lines to stand above a step
     */
    String of(Function<Step, List<String>> comments) {
        StringBuilder text = new StringBuilder();
        for (Step step : Step.values()) {
            if (step.all().stream().anyMatch(this::isSet)) {
                comments.apply(step).forEach(line -> text.append("  # %s\n".formatted(Printable.line(line))));
                String options = step.options().stream()
                        .filter(this::isSet)
                        .map(name -> name + ": " + value(name))
                        .collect(Collectors.joining(", "));
                text.append("  - " + step.text() + (options.isEmpty() ? "\n" : ": {%s}\n".formatted(options)));
            }
        }
        text.insert(0, ConfigReader.STEPS + (text.isEmpty() ? ": []\n" : ":\n"));
        text.append(objective());
        if (!recipe.layers().isEmpty()) {
            text.append(ConfigReader.LAYERS + ":\n");
            recipe.layers().forEach(layer -> text.append("  %s\n".formatted(layer.text())));
        }
        return text.toString();
    }

    private String objective() {
        Map<String, Setting> goals = new HashMap<>(recipe.options());
        goals.putAll(recipe.limits());
        String kept = Step.ALLOCATE.all().stream()
                .filter(name -> name.startsWith(Step.GOAL) && goals.containsKey(name))
                .map(name -> "%s: %s".formatted(name.substring(Step.GOAL.length()), value(goals.get(name))))
                .collect(Collectors.joining(", "));
        if (kept.isEmpty() && recipe.free().isEmpty()) {
            return "";
        }
        return "%s: %s\n".formatted(ConfigReader.MINIMIZE, goals.containsKey(ConfigReader.SNR) ? "size" : "loss")
                + (kept.isEmpty() ? "" : "%s: {%s}\n".formatted(ConfigReader.SUBJECT_TO, kept));
    }

    private boolean isSet(String name) {
        return recipe.options().containsKey(name) || recipe.free().containsKey(name);
    }

    private String value(String name) {
        return recipe.free().containsKey(name)
                ? recipe.free().get(name).stream().map(RecipeText::value).collect(Collectors.joining(", ", "[", "]"))
                : value(recipe.options().get(name));
    }

    /** One value as it is, where YAML leaves it so; several as a list of texts. */
    static String value(Setting setting) {
        if (setting.values().size() == 1) {
            String text = setting.values().get(0);
            return PLAIN.matcher(text).matches() ? text : quoted(text);
        }
        return setting.values().stream().map(RecipeText::quoted).collect(Collectors.joining(", ", "[", "]"));
    }

    /** A text in quotes. */
    static String quoted(String text) {
        return Printable.line(text).equals(text)
                ? "'%s'".formatted(text.replace("'", "''"))
                : "\"%s\"".formatted(Printable.line(text.replace("\\", "\\\\").replace("\"", "\\\"")));
    }
}
