package lathe.cli.device;

/** No energy can be counted; the message says why, and what to do. */
public final class CounterException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    CounterException(String message) {
        super(message);
    }
}
