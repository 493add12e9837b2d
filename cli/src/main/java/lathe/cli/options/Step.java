package lathe.cli.options;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A step of a recipe. The steps are in the order in which they are done; every option of {@code compress} that changes
 * the result belongs to one of them.
 */
public enum Step {
    /** Equivalent rewrites. */
    PRECONDITION("equalization", "equalization none"),
    /** Statistics of layers' inputs. */
    MEASURE("effort synth refine-steps inputs images seed input-range mean std input-shape", ""),
    /** Channels that go, and zeros. */
    PRUNE("target-macs prune-channels channel-block low-rank sparsity sparsity-spread", ""),
    /** Formats and codes. */
    QUANTIZE("weights ends granularity block asymmetric solver activations activation-range exclude", "weights float"),
    /** Bits of each layer, for what is to be reached. */
    ALLOCATE("target-size target-snr target-bops target-energy target-latency device", ""),
    /** What the result must keep. */
    GUARD("guard min-snr min-agreement max-layer-error fallback", "fallback none"),
    /** How the file is written. */
    PACK("weight-form target", "");

    /** What options have in front that say what to reach by choosing bits; a recipe has these in its objective, not in a step. */
    static final String GOAL = "target-";

    private final String all;
    private final String leftOut;

    Step(String all, String leftOut) {
        this.all = all;
        this.leftOut = leftOut;
    }

    /** As a recipe has it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Names of all its options. */
    public List<String> all() {
        return List.of(all.split(" ", -1));
    }

    /** Names of the options that stand in the step. */
    List<String> options() {
        return all().stream().filter(name -> !isGoal(name)).toList();
    }

    /** True of an option that says what to reach by choosing bits. */
    static boolean isGoal(String option) {
        return option.startsWith(GOAL) && ALLOCATE.all().contains(option);
    }

    /** What an option is set to where a recipe leaves the step out, so that it is not done. */
    Optional<Map.Entry<String, String>> leftOut() {
        String[] words = leftOut.split(" ", -1);
        return words.length == 2 ? Optional.of(Map.entry(words[0], words[1])) : Optional.empty();
    }

    /** The step that an option belongs to; empty if it does not change the result. */
    public static Optional<Step> of(String option) {
        return Stream.of(values()).filter(step -> step.all().contains(option)).findFirst();
    }
}
