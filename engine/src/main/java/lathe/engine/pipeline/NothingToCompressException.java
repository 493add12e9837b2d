package lathe.engine.pipeline;

/** A network without a single layer that can be compressed. The message says what there is instead. */
public final class NothingToCompressException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param message one line */
    public NothingToCompressException(String message) {
        super(message);
    }
}
