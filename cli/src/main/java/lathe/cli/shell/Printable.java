package lathe.cli.shell;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Texts as a terminal may get them. It obeys control characters and those that turn the direction of writing, and names in
 * a model's file may hold any: they are written as JSON writes them.
 */
public final class Printable {

    private static final String DIRECTIONS = "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069";
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}" + DIRECTIONS + "]");
    private static final Pattern CONTROL_IN_LINES = Pattern.compile("[\\p{Cc}" + DIRECTIONS + "&&[^\\n\\t]]");

    private Printable() {}

    /** A text that stays on one line. */
    public static String line(String text) {
        return escaped(CONTROL, text);
    }

    /** A text of several lines. */
    static String lines(String text) {
        return escaped(CONTROL_IN_LINES, text);
    }

    private static String escaped(Pattern pattern, String text) {
        return pattern.matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(
                        "\\u%04x".formatted((int) found.group().charAt(0))));
    }
}
