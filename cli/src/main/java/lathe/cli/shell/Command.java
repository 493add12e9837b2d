package lathe.cli.shell;

import java.io.IOException;
import java.util.List;

/**
 * One command. Immutable; everything about a run is in its arguments.
 *
 * @param name what the user types behind {@code lathe}
 * @param summary one line: what it does
 * @param operands names of the positional arguments, such as {@code MODEL}; {@code MODEL...} for one or more,
 *     {@code [MODEL]} for none or one, both only as the last
 * @param examples without {@code lathe} in front
 * @param options its own, without those that every command has
 * @param action what it does
 */
public record Command(
        String name,
        String summary,
        List<String> operands,
        List<String> examples,
        List<CommandOption> options,
        Action action) {

    /** Does what a command does; an answer is on {@code console} when this returns. */
    public interface Action {
        void run(Arguments arguments, Console console) throws IOException;
    }
}
