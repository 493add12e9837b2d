package lathe.synth.statistics;

import java.util.concurrent.CancellationException;

/** Lets the chunks of a run into one place in their order, whichever thread has them. Thread-safe. */
final class Turns {

    private int next;
    private boolean aborted;

    /**
     * Runs an action when it is this chunk's turn, after all chunks before it.
     *
     * @throws CancellationException if one of these will never come
     */
    synchronized void in(int chunk, Runnable action) {
        try {
            while (next != chunk && !aborted) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            aborted = true;
        }
        if (aborted) {
            throw new CancellationException("an earlier chunk failed");
        }
        action.run();
        next++;
        notifyAll();
    }

    /** Sends everyone who waits, or will wait, away. */
    synchronized void abort() {
        aborted = true;
        notifyAll();
    }
}
