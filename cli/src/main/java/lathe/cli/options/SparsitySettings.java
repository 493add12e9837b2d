package lathe.cli.options;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.engine.prune.LayerShare;
import lathe.engine.prune.NOfM;
import lathe.engine.prune.NetworkShare;
import lathe.engine.prune.Sparsity;

/** The options that say which weights become zero. */
public final class SparsitySettings {

    private static final String SPARSITY = "sparsity";
    private static final String SPREAD = "sparsity-spread";
    private static final Pattern N_OF_M = Pattern.compile("(\\d{1,3}):(\\d{1,3})");

    /** The one that a layer may have of its own, too. */
    public static final CommandOption OF_LAYERS = CommandOption.value(
            SPARSITY,
            "SHARE|N:M",
            "none",
            "share of zero weights, such as 0.7, or N nonzero weights of every M; remaining weights are refitted");

    /** All of them, in the order of the help. */
    public static final List<CommandOption> OPTIONS = List.of(
            OF_LAYERS,
            CommandOption.value(SPREAD, "auto|uniform", "auto", "sparsity chosen per layer by error, or uniform"));

    private SparsitySettings() {}

    /** What the options ask for. */
    public static Optional<Sparsity> of(Arguments arguments) {
        String spread = arguments.choice(SPREAD, "auto", "auto", "uniform");
        Optional<String> typed = arguments.text(SPARSITY).filter(word -> !word.equals("none"));
        return typed.map(word -> parsed(arguments, word, spread));
    }

    /** What a layer gets instead; a share is one of the layer's own weights. */
    static Optional<Sparsity> ofLayer(Arguments arguments) {
        return arguments
                .text(SPARSITY)
                .map(word -> word.equals("none") ? new LayerShare(0) : parsed(arguments, word, "uniform"));
    }

    private static Sparsity parsed(Arguments arguments, String word, String spread) {
        Matcher pattern = N_OF_M.matcher(word);
        try {
            if (pattern.matches()) {
                return new NOfM(Integer.parseInt(pattern.group(1)), Integer.parseInt(pattern.group(2)));
            }
            double share = Double.parseDouble(word);
            return spread.equals("uniform") ? new LayerShare(share) : new NetworkShare(share);
        } catch (IllegalArgumentException e) {
            throw CommandException.badInput(
                    arguments.labelled("--sparsity %s: must be a share from 0 to 1, such as 0.7, or N:M, such as 2:4"
                            .formatted(word)),
                    e);
        }
    }

    /** The options by name, for the record; empty if there are no zeros. */
    public static Map<String, String> listed(Arguments arguments) {
        Optional<String> word = arguments.text(SPARSITY).filter(typed -> !typed.equals("none"));
        return word.isEmpty()
                ? Map.of()
                : Map.of(SPARSITY, word.get(), SPREAD, arguments.text(SPREAD).orElse("auto"));
    }
}
