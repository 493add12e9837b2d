package lathe.engine.graph;

/** A model that cannot be read or processed. The message says where in the model and why, in one line. */
public final class UnsupportedModelException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param message what is wrong and where, without the file's name, which the caller adds */
    public UnsupportedModelException(String message) {
        super(message);
    }

    /** As above, with the failure that led to it. */
    public UnsupportedModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
