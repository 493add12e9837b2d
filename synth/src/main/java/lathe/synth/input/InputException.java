package lathe.synth.input;

/**
 * Inputs that cannot be made: the options contradict the network or each other, or leave open what has to be known. The
 * message says in one line which setting it is, what is wrong with it, and what to give.
 */
public final class InputException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    /** What of {@link InputOptions} is wrong or missing. */
    public enum Setting {
        /** The values of black and white. */
        RANGE("input range"),
        /** Mean and deviation per channel. */
        MEAN_STD("mean and std"),
        /** Either of these two. */
        SCALING("input range, or mean and std"),
        /** Extents of an input. */
        SHAPE("input shape"),
        /** Real inputs. */
        REAL("real inputs");

        private final String words;

        Setting(String words) {
            this.words = words;
        }
    }

    private final Setting setting;
    private final String rest;

    InputException(Setting setting, String problem) {
        this(setting, "", problem);
    }

    /** @param given what the setting was set to, as far as it tells which of several is meant */
    InputException(Setting setting, String given, String problem) {
        super(setting.words + after(given, problem));
        this.setting = setting;
        this.rest = after(given, problem);
    }

    private static String after(String given, String problem) {
        return given.isEmpty() ? ": " + problem : " %s: %s".formatted(given, problem);
    }

    /** What to change. */
    public Setting setting() {
        return setting;
    }

    /** The message with another name for the setting, such as that of an option of a command. */
    public String message(String name) {
        return name + rest;
    }
}
