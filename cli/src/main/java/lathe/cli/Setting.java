package lathe.cli;

import java.util.List;

/**
 * What an option has been set to elsewhere than on the command line.
 *
 * @param values as they would be typed; {@code true} or {@code false} for a flag
 * @param label what to call the option in messages, such as {@code net.yaml:3:10: weights}
 */
record Setting(List<String> values, String label) {
    Setting {
        values = List.copyOf(values);
    }
}
