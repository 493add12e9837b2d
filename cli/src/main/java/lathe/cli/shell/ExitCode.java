package lathe.cli.shell;

/** The exit codes of the command, in the order of their numbers. */
public enum ExitCode {
    OK(0, "ok", "done"),
    GATE_FAILED(
            1,
            "gate-failed",
            "a quality gate failed, or --fallback none wrote a result below its minimum SNR; the message says which"),
    BAD_INPUT(2, "bad-input", "the command line or an input file is wrong"),
    IMPOSSIBLE(3, "impossible", "not possible, such as a model without a layer to compress"),
    INTERNAL(4, "internal", "internal error");

    private final int number;
    private final String word;
    private final String meaning;

    ExitCode(int number, String word, String meaning) {
        this.number = number;
        this.word = word;
        this.meaning = meaning;
    }

    /** What the process returns. */
    public int number() {
        return number;
    }

    /** The word for this code in JSON. */
    public String word() {
        return word;
    }

    /** One clause for the help text. */
    String meaning() {
        return meaning;
    }
}
