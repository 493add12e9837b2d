package lathe.cli.shell;

import java.util.List;

/**
 * What an option has been set to elsewhere than on the command line.
 *
 * @param values as they would be typed; {@code true} or {@code false} for a flag
 * @param label what to call the option in messages, such as {@code net.yaml:3:10: weights}
 */
public record Setting(List<String> values, String label) {
    public Setting {
        values = List.copyOf(values);
    }
}
