package lathe.cli.shell;

import java.io.IOException;
import java.util.List;

/** One command. Immutable; everything about a run is in its arguments. */
public interface Command {

    /** What the user types behind {@code lathe}. */
    String name();

    /** One line: what it does. */
    String summary();

    /**
     * Names of the positional arguments, such as {@code MODEL}; {@code MODEL...} for one or more, {@code [MODEL]} for
     * none or one, both only as the last.
     */
    List<String> operands();

    /** Two examples, without {@code lathe} in front. */
    List<String> examples();

    /** Its own options, without those that every command has. */
    List<CommandOption> options();

    /** Does it; an answer is on {@code console} when this returns. */
    void run(Arguments arguments, Console console) throws IOException;
}
