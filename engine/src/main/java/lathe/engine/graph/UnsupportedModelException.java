package lathe.engine.graph;

/**
 * A model that cannot be read or processed. The message says where in the model and why, in one line: control
 * characters in names that it quotes are shown as question marks.
 */
public final class UnsupportedModelException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param message what is wrong and where, without the file's name, which the caller adds */
    public UnsupportedModelException(String message) {
        super(oneLine(message));
    }

    /** As above, with the failure that led to it. */
    public UnsupportedModelException(String message, Throwable cause) {
        super(oneLine(message), cause);
    }

    private static String oneLine(String message) {
        return message.replaceAll("\\p{Cc}", "?");
    }
}
