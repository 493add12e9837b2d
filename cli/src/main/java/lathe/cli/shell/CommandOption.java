package lathe.cli.shell;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One option: the single source of parsing and help.
 *
 * @param letter short form, empty if there is none
 * @param name long form, without dashes
 * @param value name of the value it takes; empty for a flag
 * @param fallback the default in words; empty if there is none
 * @param text what it does
 * @param list what a list means as its value in a file
 */
public record CommandOption(
        Optional<Character> letter,
        String name,
        Optional<String> value,
        Optional<String> fallback,
        String text,
        ListForm list) {

    /** What a list stands for, which a file may have where the command line has one value, or several. */
    public enum ListForm {
        /** Nothing. */
        NONE,
        /** One value after the other: the option may be repeated. */
        VALUES,
        /** One value: numbers with commas between them. */
        NUMBERS,
        /** {@link #NUMBERS} if all are whole numbers, else {@link #VALUES}. */
        SHAPES
    }

    public static final CommandOption CONFIG = value(
            "config",
            "FILE",
            "none",
            "YAML file with any of these options, alone or as the steps of a recipe, and with per-layer options; or a model that"
                    + " Lathe wrote, to repeat how it was made; the command line takes precedence");
    static final CommandOption HELP = flag("help", "show this help").withLetter('h');
    public static final CommandOption JSON = flag("json", "print one JSON object, also on failure");
    public static final CommandOption QUIET = flag("quiet", "print errors only").withLetter('q');
    public static final CommandOption DEBUG = flag("debug", "show a stack trace on failure");

    /** An option that is there or not. */
    public static CommandOption flag(String name, String text) {
        return new CommandOption(Optional.empty(), name, Optional.empty(), Optional.empty(), text, ListForm.NONE);
    }

    /** An option with a value that may be left out. */
    public static CommandOption value(String name, String value, String fallback, String text) {
        return new CommandOption(
                Optional.empty(), name, Optional.of(value), Optional.of(fallback), text, ListForm.NONE);
    }

    /** An option with a value and no default. */
    public static CommandOption value(String name, String value, String text) {
        return new CommandOption(Optional.empty(), name, Optional.of(value), Optional.empty(), text, ListForm.NONE);
    }

    /** The same with a short form. */
    public CommandOption withLetter(char newLetter) {
        return new CommandOption(Optional.of(newLetter), name, value, fallback, text, list);
    }

    /** The same with lists. */
    public CommandOption withList(ListForm newList) {
        return new CommandOption(letter, name, value, fallback, text, newList);
    }

    /** True if all it can be is true or false. */
    public boolean isBoolean() {
        return value.isEmpty() || value.get().equals("true|false");
    }

    /** The ways to type it: {@code -o}, if it has a letter, and {@code --output}. */
    List<String> forms() {
        List<String> forms = new ArrayList<>();
        letter.ifPresent(l -> forms.add("-" + l));
        forms.add("--" + name);
        return forms;
    }

    /** The option as the user types it, such as {@code -o, --output FILE}. */
    String synopsis() {
        String dashes = letter.map(l -> "-" + l + ", ").orElse("") + "--" + name;
        return value.map(v -> dashes + " " + v).orElse(dashes);
    }
}
